import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { isErrno } from './secret.ts';

/** A user and group by number, as `child_process.spawn` takes them. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Who is to run PostgreSQL, which refuses to run as root. `undefined`: whoever we are. For root (a container, CI): the
 * owner of the data where there is some, or else `nobody`, the one unprivileged user that every system has. initdb wants
 * a user with a name, so a number of our own choosing would not do.
 *
 * @param dataDirectory where the data is, if it exists
 */
export async function identityForPostgres(dataDirectory: string): Promise<Identity | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await stat(dataDirectory).catch(() => undefined);
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const accounts = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const nobody = /^nobody:[^:]*:(-?\d+):(-?\d+):/m.exec(accounts);
  return { uid: Number(nobody?.[1] ?? 65534), gid: Number(nobody?.[2] ?? 65534) };
}

/** Whether that user may read (a file) or enter (a directory) the path, by the modes of the path and all above it. */
export async function isReachable(path: string, identity: Identity): Promise<boolean> {
  const real = await realpath(path);
  const target = await stat(real);
  if (!target.isDirectory() && !allows(target, identity, 0o5)) return false;
  for (let place = target.isDirectory() ? real : dirname(real); ; place = dirname(place)) {
    if (!allows(await stat(place), identity, 0o1)) return false;
    if (place === dirname(place)) return true;
  }
}

function allows(
  file: { uid: number; gid: number; mode: number },
  identity: Identity,
  wanted: number,
): boolean {
  const shift = file.uid === identity.uid ? 6 : file.gid === identity.gid ? 3 : 0;
  return ((file.mode >> shift) & wanted) === wanted;
}

/**
 * Makes the directory if it does not exist, such that the user may pass through it. Where that is impossible because a
 * directory above it is closed (a clone made by root under `mktemp -d`, or in /root), it becomes a symbolic link to a new
 * directory elsewhere, in /var/tmp, which survives a restart of the machine. No mode is changed but that of the directory.
 *
 * @returns the real path
 */
export async function makeReachableDirectory(
  directory: string,
  identity: Identity | undefined,
): Promise<string> {
  await mkdir(dirname(directory), { recursive: true });
  const link = await lstat(directory).catch(() => undefined);
  if (link?.isSymbolicLink()) {
    return realpath(directory).catch(() => {
      // To begin anew in silence would look as if the data had never been there.
      throw new Error(
        `${directory} leads to a directory that has gone, and the data with it. Delete that link to begin anew.`,
      );
    });
  } else if (link !== undefined) {
    if (identity !== undefined) await requireReachable(directory, identity);
    return realpath(directory);
  }
  if (identity === undefined || (await isReachable(dirname(directory), identity))) {
    await mkdir(directory, { recursive: true });
    await chmod(directory, identity === undefined ? 0o700 : 0o711);
    return realpath(directory);
  }
  const elsewhere = await mkdtemp(
    join(await findOpenPlace(identity), `todo-api-${basename(directory)}-`),
  );
  await chmod(elsewhere, 0o711);
  try {
    await symlink(elsewhere, directory);
    return elsewhere;
  } catch (error) {
    await rm(elsewhere, { recursive: true });
    if (!isErrno(error, 'EEXIST')) throw error;
    return makeReachableDirectory(directory, identity);
  }
}

async function requireReachable(directory: string, identity: Identity): Promise<void> {
  if (await isReachable(directory, identity)) return;
  throw new Error(
    `${directory} cannot be entered by user ${identity.uid}, which has to run PostgreSQL because root may not. ` +
      'Start as an ordinary user, or move the directory to a place that everybody may enter.',
  );
}

async function findOpenPlace(identity: Identity): Promise<string> {
  for (const place of ['/var/tmp', tmpdir(), '/tmp']) {
    if (await isReachable(place, identity).catch(() => false)) return realpath(place);
  }
  throw new Error('No temporary directory that an unprivileged user may enter.');
}
