import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createPool, sql, type DatabasePool, type DatabasePoolConnection } from 'slonik';
import { z } from 'zod';
import { createNodePostgresDriver } from '../../src/db/drivers/node-postgres.ts';
import { createLender, type Lend } from '../../src/db/lending.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const pidRow = z.object({ pid: z.number() });

let database: TestDatabase;
let pool: DatabasePool;
let lend: Lend;
/** How many wait, as the lender is told. */
let waiting: number;

/** Kept when a connection has broke. */
let broke: PromiseWithResolvers<undefined>;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  waiting = 0;
  broke = Promise.withResolvers();
  pool = await createPool(database.url, {
    driverFactory: async (setup) => {
      const driver = await createNodePostgresDriver({ limits: undefined })(setup);
      return {
        async createClient() {
          const client = await driver.createClient();
          client.on('error', () => broke.resolve(undefined));
          return client;
        },
      };
    },
    maxPoolSize: 3,
    connectionRetryLimit: 0,
    resetConnection: () => Promise.resolve(),
  });
  pool.on('error', () => undefined);
  lend = createLender(pool, () => waiting);
});
afterEach(() => pool.end());

/** The process at the other end of a connection. */
async function pidOf(connection: DatabasePoolConnection): Promise<number> {
  return (await connection.one(sql.type(pidRow)`SELECT pg_backend_pid() AS pid`)).pid;
}

const acquired = () => pool.state().acquiredConnections;

test('gives a connection back when nobody waits', async () => {
  const first = await lend(pidOf);
  expect(acquired()).toBe(0);
  // From the pool again.
  expect(await lend(pidOf)).toBe(first);
});

test('passes a connection on to who waits, and gives it back after the last', async () => {
  waiting = 1;
  const first = await lend(pidOf);
  expect(acquired()).toBe(1);
  waiting = 0;
  expect(await lend(pidOf)).toBe(first);
  expect(acquired()).toBe(0);
});

test('keeps no more connections than there are who wait', async () => {
  waiting = 1;
  const gate = Promise.withResolvers<undefined>();
  const works = [1, 2, 3].map(() => lend(() => gate.promise));
  gate.resolve(undefined);
  await Promise.all(works);
  expect(acquired()).toBe(1);
  waiting = 0;
  await lend(pidOf);
  expect(acquired()).toBe(0);
});

test('has a connection destroyed on which something has failed, although somebody waits', async () => {
  waiting = 1;
  const first = await lend(pidOf);
  const failure = new Error('failed');
  await expect(lend(() => Promise.reject(failure))).rejects.toBe(failure);
  expect(acquired()).toBe(0);
  waiting = 0;
  expect(await lend(pidOf)).not.toBe(first);
});

test('passes on no connection that has broken meanwhile', async () => {
  waiting = 1;
  const gate = Promise.withResolvers<number>();
  const begun = Promise.withResolvers<number>();
  const broken = lend(async (connection) => {
    begun.resolve(await pidOf(connection));
    return gate.promise;
  });
  const pid = await begun.promise;
  await pool.query(sql.unsafe`SELECT pg_terminate_backend(${pid})`);
  // At once, although the work goes on.
  await expect(broken).rejects.toThrow('terminated');
  gate.resolve(pid);
  await setImmediate();
  waiting = 0;
  expect(await lend(pidOf)).not.toBe(pid);
  expect(acquired()).toBe(0);
});

test('passes on no connection that has broken between two works', async () => {
  waiting = 1;
  const pid = await lend(pidOf);
  await pool.query(sql.unsafe`SELECT pg_terminate_backend(${pid})`);
  await broke.promise;
  await setImmediate();
  waiting = 0;
  expect(await lend(pidOf)).not.toBe(pid);
  expect(acquired()).toBe(0);
});

test('has a connection destroyed when a work throws at once', async () => {
  waiting = 1;
  const first = await lend(pidOf);
  const failed = lend(() => {
    throw new Error('at once');
  });
  await expect(failed).rejects.toThrow('at once');
  expect(acquired()).toBe(0);
  waiting = 0;
  expect(await lend(pidOf)).not.toBe(first);
});

test('does each work in the context of who wants it done', async () => {
  const context = new AsyncLocalStorage<string>();
  const within = () => Promise.resolve(context.getStore());
  waiting = 1;
  expect(await context.run('first', () => lend(within))).toBe('first');
  waiting = 0;
  expect(await context.run('second', () => lend(within))).toBe('second');
});

test('lets the pool have a connection from time to time, however many wait', async () => {
  waiting = 1;
  const held = [];
  for (let work = 1; work <= 1_001; work += 1) {
    await lend(() => Promise.resolve());
    held.push(acquired());
  }
  expect(held.indexOf(0)).toBe(999);
  waiting = 0;
  await lend(() => Promise.resolve());
  expect(acquired()).toBe(0);
});

test('says why there is no connection', async () => {
  await pool.end();
  await expect(lend(pidOf)).rejects.toThrow('Connection pool');
});
