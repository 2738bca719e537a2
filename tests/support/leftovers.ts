import { readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPostmaster } from '../../scripts/local/postmaster.ts';
import { isErrno } from '../../scripts/local/secret.ts';

const namePattern = /^todo-api-(test|logs)-(\d+)-\w+$/;

/** The name of a directory for a PostgreSQL of tests, by which the process that has to delete it can be told. */
export function testClusterName(pid: number, suffix: string): string {
  return `todo-api-test-${pid}-${suffix}`;
}

/** How the name of a directory for the logs of servers under test begins, likewise; what follows is up to the caller. */
export function logDirectoryPrefix(pid: number): string {
  return `todo-api-logs-${pid}-`;
}

/**
 * Deletes the logs, and stops and deletes the test databases, whose runs were killed before they could. They are in nobody's way, but each one
 * keeps a server in memory and 40 MB on the disk.
 */
export async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const [, kind, pid] = namePattern.exec(name) ?? [];
    if (pid === undefined || isAlive(Number(pid))) continue;
    const path = join(tmpdir(), name);
    const removed =
      kind === 'test' ? removeCluster(path) : rm(path, { recursive: true, force: true });
    await removed.catch(() => {
      // Another user's, or another run is removing it at this moment.
    });
  }
}

async function removeCluster(directory: string): Promise<void> {
  const home = await realpath(directory);
  const postmaster = await readPostmaster(join(home, 'data')).catch(() => undefined);
  // SIGQUIT ends it at once. What it writes while ending makes a first attempt to delete fail, hence the retries.
  if (postmaster?.alive === true) process.kill(postmaster.pid, 'SIGQUIT');
  await rm(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  await rm(directory, { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isErrno(error, 'EPERM');
  }
}
