import { expect, test } from '@jest/globals';
import { createDatabaseAccess } from '../../src/db/pool.ts';
import { IDLE_TIME, QUERY_DEADLINE, TIME_LIMITS } from '../../src/db/time-limits.ts';

test('PostgreSQL has time to say that a statement was too long, and a second at most', () => {
  const timeToSay = QUERY_DEADLINE - TIME_LIMITS.statement_timeout;
  expect(timeToSay).toBeGreaterThan(0);
  expect(timeToSay).toBeLessThanOrEqual(1_000);
});

test('a connection that nobody uses is given back before a database of Neon falls asleep', async () => {
  expect(IDLE_TIME).toBeGreaterThan(0);
  expect(IDLE_TIME).toBeLessThan(5 * 60_000);
  // Nothing connects before the first statement.
  const { db } = await createDatabaseAccess({
    url: 'postgres://nobody@127.0.0.1/nothing',
    poolMax: 1,
    poolWait: 500,
    hasPooler: false,
    driver: 'tcp',
    sleeps: false,
    interceptor: { name: 'none' },
  });
  expect(db.configuration.idleTimeout).toBe(IDLE_TIME);
  await db.end();
});
