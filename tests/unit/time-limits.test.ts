import { expect, test } from '@jest/globals';
import { IDLE_TIME, QUERY_DEADLINE, TIME_LIMITS } from '../../src/db/time-limits.ts';

test('PostgreSQL has time to say that a statement was too long, and a second at most', () => {
  const timeToSay = QUERY_DEADLINE - TIME_LIMITS.statement_timeout;
  expect(timeToSay).toBeGreaterThan(0);
  expect(timeToSay).toBeLessThanOrEqual(1_000);
});

test('a connection that nobody uses is given back before a database of Neon falls asleep', () => {
  expect(IDLE_TIME).toBeGreaterThan(0);
  expect(IDLE_TIME).toBeLessThan(5 * 60_000);
});
