import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isErrno } from './secret.ts';

/** What PostgreSQL's main process says about itself in `postmaster.pid`. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly ready: boolean;
  /** Whether that process exists and is PostgreSQL on this data; if not, the file is all that a crash has left. */
  readonly alive: boolean;
}

/**
 * Reads `postmaster.pid`, whose lines are documented in PostgreSQL's src/include/utils/pidfile.h.
 *
 * @param dataDirectory the real path
 * @returns `undefined` when there is no such file, or it is being written
 */
export async function readPostmaster(dataDirectory: string): Promise<Postmaster | undefined> {
  const lines = (await readPidFile(dataDirectory))?.split('\n') ?? [];
  const pid = Number(lines[0]);
  if (!Number.isSafeInteger(pid) || pid <= 1) return undefined;
  return {
    pid,
    port: Number(lines[3]) || 0,
    ready: lines[7]?.trim() === 'ready',
    alive: await isPostgres(pid, dataDirectory),
  };
}

async function readPidFile(dataDirectory: string): Promise<string | undefined> {
  try {
    return await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/**
 * Whether the process is a PostgreSQL on this data. After a crash or a restart of the machine the number in the file may
 * belong to any process.
 */
async function isPostgres(pid: number, dataDirectory: string): Promise<boolean> {
  try {
    // PostgreSQL works in its data directory. A process that has ended but is still in the table (a container without an
    // init process never clears it) has no working directory.
    if (process.platform === 'linux') return (await readlink(`/proc/${pid}/cwd`)) === dataDirectory;
    const { stdout } = await promisify(execFile)('ps', ['-p', String(pid), '-o', 'command=']);
    return stdout.includes('postgres') && stdout.includes(dataDirectory);
  } catch {
    return false;
  }
}
