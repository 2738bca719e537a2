import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { createLineQuota } from '../../src/http/line-quota.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** A quota, and what it says. */
function observed() {
  const said: unknown[] = [];
  const quota = createLineQuota({ warn: (fields: object) => void said.push(fields) });
  const take = (count: number, reason: 'database' | 'event_loop' = 'database') =>
    Array.from({ length: count }, () => quota.take(reason));
  return { said, take, end: quota.end };
}

const FIRST = Array<boolean>(100).fill(true);

test('gives a line to the first 100 of a second, and counts the others', () => {
  const { said, take } = observed();
  expect(take(100)).toEqual(FIRST);
  expect(take(3)).toEqual([false, false, false]);
  expect(take(2, 'event_loop')).toEqual([false, false]);
  jest.advanceTimersByTime(999);
  expect(said).toEqual([]);
  jest.advanceTimersByTime(1);
  expect(said).toEqual([
    { refused: 3, reason: 'database' },
    { refused: 2, reason: 'event_loop' },
  ]);
});

test('begins anew with the first refusal after that', () => {
  const { said, take } = observed();
  take(101);
  jest.advanceTimersByTime(5_000);
  expect(take(100)).toEqual(FIRST);
  jest.advanceTimersByTime(999);
  expect(take(1)).toEqual([false]);
  jest.advanceTimersByTime(1);
  expect(said).toEqual([
    { refused: 1, reason: 'database' },
    { refused: 1, reason: 'database' },
  ]);
});

test('says nothing when each had a line', () => {
  const { said, take } = observed();
  take(100);
  jest.advanceTimersByTime(1_000);
  expect(said).toEqual([]);
});

test('says what is left when it ends, once', () => {
  const { said, take, end } = observed();
  take(102);
  end();
  jest.advanceTimersByTime(5_000);
  expect(said).toEqual([{ refused: 2, reason: 'database' }]);
});
