import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { migrate } from '../../src/db/migrate.ts';
import { removeLeftovers, testClusterName } from '../../tests/support/leftovers.ts';
import { startPostgres } from '../local/postgres.ts';

/** A PostgreSQL that is thrown away with everything in it. */
export interface GateDatabases {
  /** Makes a database with all migrations and no rows, and returns its `postgres://...`. */
  create(name: string): Promise<string>;
  /** Ends it and deletes its files. */
  stop(): Promise<void>;
}

/**
 * Starts a PostgreSQL in a new temporary directory, on a free port.
 *
 * @throws when it cannot be started
 */
export async function startDatabases(): Promise<GateDatabases> {
  await removeLeftovers();
  const directory = join(tmpdir(), testClusterName(process.pid, randomBytes(4).toString('hex')));
  const postgres = await startPostgres({ directory, persistent: false });
  return {
    async create(name) {
      const url = new URL(postgres.url);
      url.pathname = `/${name}`;
      await migrate(url.href);
      return url.href;
    },
    stop: () => postgres.stop(),
  };
}

/**
 * Runs one statement in a database, on a connection of its own.
 *
 * @throws what PostgreSQL says against it
 */
export async function execute(databaseUrl: string, statement: string): Promise<void> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
