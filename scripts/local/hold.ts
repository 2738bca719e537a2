import pg from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';

// Any number will do, as long as nothing else takes an advisory lock of that number in the database `postgres`.
const lockKey = 7_462_836;
const patience = 2_000;

/** Another process holds the database. */
export class PostgresInUseError extends Error {
  override readonly name = 'PostgresInUseError';
  /** Who: `process 4711`. */
  readonly holder: string;

  constructor(holder: string) {
    super(`PostgreSQL is in use by ${holder}.`);
    this.holder = holder;
  }
}

/** The right to be the one process that uses and stops a database server, for as long as a connection lives. */
export interface Hold {
  /** Resolves when the connection ends, which means that the server has gone, unless `expectEnd` was called. */
  readonly lost: Promise<void>;
  /** To be called before stopping the server. The hold lasts until it has ended, so that nobody takes it over meanwhile. */
  expectEnd(): void;
}

/**
 * Takes an advisory lock on a connection that stays open. PostgreSQL frees it when the process ends, however it ends, so
 * there is no lock file to outlive a SIGKILL.
 *
 * @param url of the database `postgres`
 * @returns `undefined` when the server does not answer, being about to start or to stop
 * @throws {PostgresInUseError} when another process has the lock and keeps it for some seconds
 */
export async function holdDatabase(url: string): Promise<Hold | undefined> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 2_000,
    application_name: `process ${process.pid}`,
  });
  let endExpected = false;
  const lost = new Promise<void>((resolve) => {
    client.on('error', () => !endExpected && resolve());
    client.on('end', () => !endExpected && resolve());
  });
  try {
    await client.connect();
    const holder = await lock(client);
    if (holder !== undefined) throw new PostgresInUseError(holder);
  } catch (error) {
    endExpected = true;
    void client.end().catch(() => undefined);
    if (error instanceof PostgresInUseError || isRefusedLogin(error)) throw error;
    return undefined;
  }
  return {
    lost,
    expectEnd() {
      endExpected = true;
    },
  };
}

/** @returns who has the lock, when we did not get it in time: it may be in the hands of a process that is ending. */
async function lock(client: pg.Client): Promise<string | undefined> {
  const deadline = Date.now() + patience;
  for (;;) {
    const taken = await client.query<{ ok: boolean }>('SELECT pg_try_advisory_lock($1) AS ok', [
      lockKey,
    ]);
    if (taken.rows[0]?.ok === true) return undefined;
    if (Date.now() > deadline) break;
    await sleep(100);
  }
  const holder = await client.query<{ name: string }>(
    `SELECT application_name AS name FROM pg_locks JOIN pg_stat_activity USING (pid)
      WHERE locktype = 'advisory' AND objid = $1 AND granted`,
    [lockKey],
  );
  return holder.rows[0]?.name ?? 'another process';
}

/** A wrong password does not become right by waiting. */
function isRefusedLogin(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('28');
}
