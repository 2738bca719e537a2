import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Binaries } from './binaries.ts';
import { isErrno } from './secret.ts';
import type { Identity } from './unprivileged.ts';

/** How PostgreSQL's programs are started, whichever it is. */
export interface SpawnAs {
  readonly uid?: number;
  readonly gid?: number;
  readonly cwd: string;
  readonly env: Record<string, string>;
  readonly detached: true;
}

/**
 * A process group of its own, so that Ctrl-C in a terminal, which signals the whole foreground group, does not stop the
 * database under a server that is still finishing its requests. Nothing of our environment (PGDATA, locale) is passed on.
 */
export function spawnAs(identity: Identity | undefined, env: Record<string, string> = {}): SpawnAs {
  return { ...identity, cwd: '/', env: { LC_ALL: 'C', ...env }, detached: true };
}

/**
 * Makes the data directory of a PostgreSQL: UTF-8, compared by code point on every system (the builtin locale C.UTF-8),
 * with page checksums, and with one role, `postgres`, that has to know the password. Does nothing if there is one.
 * It is made under another name and then renamed: killed at any moment, it is complete or absent.
 *
 * @param home its parent directory, through which the identity may pass
 * @param durable whether to flush it to disk; without, it is safe against a crash of a process but not of the machine
 * @throws when the directory holds the data of another major version, or initdb fails
 */
export async function initialiseCluster(options: {
  readonly home: string;
  readonly data: string;
  readonly binaries: Binaries;
  readonly identity: Identity | undefined;
  readonly password: string;
  readonly durable: boolean;
}): Promise<void> {
  const { home, data, binaries, identity } = options;
  if (await isInitialised(data, binaries.majorVersion)) return;
  const suffix = randomBytes(6).toString('hex');
  const draft = join(home, `draft-${suffix}`);
  const passwordFile = join(home, `draft-${suffix}-password`);
  try {
    await mkdir(draft, { mode: 0o700 });
    await writeFile(passwordFile, options.password, { mode: 0o400, flag: 'wx' });
    if (identity !== undefined) {
      await chown(draft, identity.uid, identity.gid);
      await chown(passwordFile, identity.uid, identity.gid);
    }
    await runInitdb(binaries, identity, [
      ...['--pgdata', draft, '--username', 'postgres', '--pwfile', passwordFile],
      ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C'],
      ...['--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
      ...(options.durable ? [] : ['--no-sync']),
    ]);
    await rename(draft, data);
  } catch (error) {
    // Another process may have done the same at once and finished first. Then its data is as good as ours.
    if (!(await isInitialised(data, binaries.majorVersion))) throw error;
  } finally {
    await rm(passwordFile, { force: true });
    await rm(draft, { recursive: true, force: true });
  }
}

/** Removes what an initialisation that was killed has left. Only for the process that holds the database. */
export async function removeDrafts(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    if (name.startsWith('draft-')) await rm(join(home, name), { recursive: true, force: true });
  }
}

async function isInitialised(data: string, majorVersion: string): Promise<boolean> {
  let version: string;
  try {
    version = (await readFile(join(data, 'PG_VERSION'), 'utf8')).trim();
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    if (isErrno(error, 'EACCES')) {
      throw new Error(`The data in ${data} belongs to another user. Start as that user.`);
    }
    throw error;
  }
  if (version === majorVersion) return true;
  throw new Error(
    `The data in ${data} was made by PostgreSQL ${version}; the installed one is ${majorVersion}. ` +
      'Move it away to begin anew, or start the former version to export it.',
  );
}

async function runInitdb(
  binaries: Binaries,
  identity: Identity | undefined,
  args: readonly string[],
): Promise<void> {
  const child = spawn(binaries.initdb, args, {
    ...spawnAs(identity),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => void (errors += chunk));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on('error', (error) => reject(explainSpawnError(error)));
    child.on('close', resolve);
  });
  if (exitCode !== 0) throw new Error(`initdb failed: ${errors.trim()}`);
}

/** Says what to do about the two reasons for which the programs cannot even be started. */
export function explainSpawnError(error: Error): Error {
  if (isErrno(error, 'EPERM')) {
    return new Error(
      'PostgreSQL does not run as root, and this root may not become another user. ' +
        'Start as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own.',
      { cause: error },
    );
  }
  return new Error(
    `PostgreSQL does not run on this system (${error.message}). ` +
      'Its programs need glibc; elsewhere set DATABASE_URL to a PostgreSQL of your own.',
    { cause: error },
  );
}
