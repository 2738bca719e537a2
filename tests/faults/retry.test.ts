import { describe, expect, test } from '@jest/globals';
import { ConnectionError } from 'slonik';
import { withRetry } from '../../src/db/retry.ts';

const failing = (code: string) => Object.assign(new Error(code), { code });
const unsent = () => new ConnectionError('x', { cause: failing('ECONNREFUSED') });

/** Work that fails as told, one error an attempt, and then succeeds; and when it was attempted. */
function attempts(...errors: readonly Error[]) {
  const times: number[] = [];
  return {
    times,
    work: () => {
      const error = errors[times.length];
      times.push(performance.now());
      return error ? Promise.reject(error) : Promise.resolve('done');
    },
  };
}

describe('work that fails', () => {
  test.each([
    ['never', [], true, 'done', 1],
    ['by a serialization failure', [failing('40001')], false, 'done', 2],
    ['by three deadlocks', Array(3).fill(failing('40P01')), false, 'done', 4],
    ['by four deadlocks', Array(4).fill(failing('40P01')), false, '40P01', 4],
    [
      'by four deadlocks, though it is repeatable,',
      Array(4).fill(failing('40P01')),
      true,
      '40P01',
      4,
    ],
    ['unsent', [unsent()], false, 'done', 2],
    ['unsent twice', [unsent(), unsent()], false, 'x', 2],
    ['by a lost connection', [failing('ECONNRESET')], false, 'ECONNRESET', 1],
    ['by a lost connection, and is repeatable,', [failing('ECONNRESET')], true, 'done', 2],
    [
      'by two lost connections, and is repeatable,',
      Array(2).fill(failing('57P01')),
      true,
      '57P01',
      2,
    ],
    [
      'by a lost connection after a conflict',
      [failing('40001'), failing('57P01')],
      false,
      '57P01',
      2,
    ],
    ['by a lock timeout', [failing('55P03')], true, '55P03', 1],
    ['by a full disk', [failing('53100')], true, '53100', 1],
    ['by a violated constraint', [failing('23514')], true, '23514', 1],
    ['by something else', [new Error('other')], true, 'other', 1],
  ])('%s ends as it should', async (_name, errors, isRepeatable, end, count) => {
    const { work, times } = attempts(...errors);
    const result = await withRetry(work, isRepeatable).catch((error: unknown) =>
      error instanceof Error ? error.message : error,
    );
    expect([result, times.length]).toEqual([end, count]);
  });

  test('pauses longer each time, at random, and for less than a second altogether', async () => {
    const runs = await Promise.all(
      Array.from({ length: 25 }, async () => {
        const { work, times } = attempts(...Array(3).fill(failing('40001')));
        const startedAt = performance.now();
        await withRetry(work, false);
        return { times, total: performance.now() - startedAt };
      }),
    );
    // A timer may end a millisecond early by this clock.
    for (const { times } of runs) {
      for (const [index, least] of [20, 40, 80].entries()) {
        expect(times[index + 1]! - times[index]!).toBeGreaterThanOrEqual(least - 2);
      }
    }
    const totals = runs.map(({ total }) => total);
    expect(Math.max(...totals) - Math.min(...totals)).toBeGreaterThan(10);
    expect(Math.min(...totals)).toBeLessThan(1000);
  });

  test('throws the very error of the last attempt', async () => {
    const last = failing('40001');
    const { work } = attempts(failing('40001'), failing('40001'), failing('40001'), last);
    await expect(withRetry(work, false)).rejects.toBe(last);
  });
});
