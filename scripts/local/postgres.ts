import { spawn, type ChildProcess } from 'node:child_process';
import { open, readFile, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findBinaries, type Binaries } from './binaries.ts';
import { explainSpawnError, initialiseCluster, removeDrafts, spawnAs } from './cluster.ts';
import { holdDatabase, type Hold } from './hold.ts';
import { findFreePort } from './port.ts';
import { readPostmaster } from './postmaster.ts';
import { keepSecret } from './secret.ts';
import { identityForPostgres, makeReachableDirectory, type Identity } from './unprivileged.ts';

const startDeadline = 60_000;
const stopDeadline = 10_000;
const pollInterval = 15;

// A database of tests is thrown away with the machine that crashes, so nothing has to reach the disk.
const throwAwaySettings = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  autovacuum: 'off',
};

export interface StartPostgresOptions {
  /** Where data, password and log are kept. Made if absent; may become a symbolic link when we are root. */
  readonly directory: string;
  /** Kept between starts and flushed to disk at each commit; or else fast, and deleted by `stop`. */
  readonly persistent: boolean;
  /** The name of the database in the URL. It need not exist. Default `postgres`. */
  readonly database?: string;
}

export interface RunningPostgres {
  /** `postgres://postgres:password@127.0.0.1:port/database`. Contains a secret. */
  readonly url: string;
  /** The real path of the directory. */
  readonly directory: string;
  /** The main process, of which all others of this PostgreSQL are children. */
  readonly pid: number;
  /** Resolves when PostgreSQL has ended without `stop`. */
  readonly lost: Promise<void>;
  /** Ends all connections, writes a checkpoint and waits for the end; deletes what is not persistent. */
  stop(): Promise<void>;
  /** During `stop`: ends at once, without the checkpoint. Nothing committed is lost. */
  hurry(): void;
}

interface Cluster {
  readonly home: string;
  readonly data: string;
  readonly log: string;
  readonly binaries: Binaries;
  readonly identity: Identity | undefined;
  readonly password: string;
  readonly persistent: boolean;
}

/**
 * Starts a PostgreSQL on 127.0.0.1, on a free port, or takes over the one that a killed process has left running on the
 * same data. Exactly one process can hold it at a time.
 *
 * @throws {PostgresInUseError} when another process holds it
 * @throws when PostgreSQL cannot be initialised or started within a minute
 */
export async function startPostgres(options: StartPostgresOptions): Promise<RunningPostgres> {
  if (process.platform === 'win32') {
    throw new Error('The local PostgreSQL needs Linux or macOS: use WSL, or set DATABASE_URL.');
  }
  const identity = await identityForPostgres(join(options.directory, 'data'));
  const home = await makeReachableDirectory(options.directory, identity);
  const cluster: Cluster = {
    home,
    data: join(home, 'data'),
    log: join(home, 'postgres.log'),
    binaries: await findBinaries(home, identity),
    identity,
    password: await keepSecret(join(home, 'password')),
    persistent: options.persistent,
  };
  await initialiseCluster({ ...cluster, durable: options.persistent });
  const { hold, pid, port } = await startOrTakeOver(cluster);
  await removeDrafts(home);
  return {
    url: urlOf(cluster, port, options.database ?? 'postgres'),
    directory: home,
    pid,
    lost: hold.lost,
    hurry: () => signal(pid, 'SIGQUIT'),
    async stop() {
      hold.expectEnd();
      await stopPostmaster(cluster.data, pid);
      if (options.persistent) return;
      await rm(home, { recursive: true, force: true });
      await rm(options.directory, { recursive: true, force: true });
    },
  };
}

async function startOrTakeOver(
  cluster: Cluster,
): Promise<{ hold: Hold; pid: number; port: number }> {
  const deadline = Date.now() + startDeadline;
  let child: ChildProcess | undefined;
  for (;;) {
    const postmaster = await readPostmaster(cluster.data);
    if (postmaster?.alive === true) {
      const { pid, port } = postmaster;
      const hold = postmaster.ready
        ? await holdDatabase(urlOf(cluster, port, 'postgres'))
        : undefined;
      if (hold !== undefined) return { hold, pid, port };
    } else if (child === undefined || hasEnded(child)) {
      child = await spawnPostgres(cluster, postmaster?.pid);
    }
    if (Date.now() > deadline) {
      throw new Error(`PostgreSQL does not become ready. See ${cluster.log}`);
    }
    await sleep(pollInterval);
  }
}

/** Starts the program, and waits until it has either got hold of the data directory or ended. */
async function spawnPostgres(
  cluster: Cluster,
  stalePid: number | undefined,
): Promise<ChildProcess> {
  const log = await open(cluster.log, 'a', 0o600);
  const logStart = await trimLog(cluster.log);
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(await findFreePort()),
    unix_socket_directories: '',
    ...(cluster.persistent ? {} : throwAwaySettings),
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  // PostgreSQL does not start while any process has the number in a left-over pid file, except its own and its
  // grandparent's, whose number pg_ctl passes in this variable. So the file need not be deleted, which could be unsafe.
  const env: Record<string, string> =
    stalePid === undefined ? {} : { PG_GRANDPARENT_PID: String(stalePid) };
  const child = spawn(cluster.binaries.postgres, ['-D', cluster.data, ...args], {
    ...spawnAs(cluster.identity, env),
    stdio: ['ignore', log.fd, log.fd],
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.on('error', (error) => reject(explainSpawnError(error)));
    child.on('exit', () => resolve());
  });
  child.unref();
  try {
    await Promise.race([ended, untilPidFileNames(cluster.data, child)]);
  } finally {
    await log.close();
  }
  if (hasEnded(child)) {
    const said = (await readFile(cluster.log, 'utf8')).slice(logStart).trim();
    if (!isWorthAnotherTry(said)) throw new Error(`PostgreSQL does not start: ${said}`);
  }
  return child;
}

async function untilPidFileNames(data: string, child: ChildProcess): Promise<void> {
  while (!hasEnded(child)) {
    if ((await readPostmaster(data))?.pid === child.pid) return;
    await sleep(pollInterval);
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** The port was taken in the meantime; another process has started it at once; the former one is still ending. */
function isWorthAnotherTry(said: string): boolean {
  return /could not bind|postmaster\.pid" already exists|shared memory block/.test(said);
}

async function trimLog(path: string): Promise<number> {
  const { size } = await stat(path);
  if (size < 1_000_000) return size;
  await truncate(path);
  return 0;
}

async function stopPostmaster(data: string, pid: number): Promise<void> {
  const isRunning = async (): Promise<boolean> => {
    const postmaster = await readPostmaster(data);
    return postmaster?.pid === pid && postmaster.alive;
  };
  // In PostgreSQL's words: fast, then immediate.
  for (const name of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    signal(pid, name);
    const deadline = Date.now() + stopDeadline;
    while (Date.now() < deadline) {
      if (!(await isRunning())) return;
      await sleep(pollInterval);
    }
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}

function urlOf(cluster: Cluster, port: number, database: string): string {
  return `postgres://postgres:${cluster.password}@127.0.0.1:${port}/${database}`;
}
