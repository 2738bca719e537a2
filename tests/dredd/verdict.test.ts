import { describe, expect, test } from '@jest/globals';
import { faultsOf } from '../../scripts/gates/dredd-verdict.ts';
import { isPublic } from '../contract/requests.ts';
import { operations } from '../support/contract.ts';
import { SKIPPED, SKIPS } from './arrange.ts';
import { documentedTransactions, skippableTransactions } from './hooks.ts';

const expectation = {
  documented: documentedTransactions(),
  skippable: skippableTransactions(),
  skips: SKIPS,
};
const { documented, skippable } = expectation;
const passes = documented.length - SKIPS;
const stats = { tests: documented.length, passes, failures: 0, errors: 0, skipped: SKIPS };
const good = { stats, prepared: documented, skipped: skippable };
const [first = '', second = ''] = documented;

describe('the verdict on what Dredd has done', () => {
  test('finds nothing when each documented response was a transaction', () => {
    expect(faultsOf(good, expectation)).toStrictEqual([]);
  });

  test.each([
    ['a transaction fails', { stats: { ...stats, failures: 1, passes: passes - 1 } }, 'failed'],
    ['Dredd cannot go on', { stats: { ...stats, errors: 1, passes: passes - 1 } }, 'failed'],
    [
      'a transaction is missing',
      {
        stats: { ...stats, tests: documented.length - 1, passes: passes - 1 },
        prepared: documented.slice(1),
      },
      `no transaction was made for ${first}`,
    ],
    [
      'another takes the place of one',
      { prepared: [second, ...documented.slice(1)] },
      `no transaction was made for ${first}`,
    ],
    [
      'one is made that is not documented',
      { prepared: [...documented, 'getTask 418'] },
      'nothing documents a transaction for getTask 418',
    ],
    ['the hooks were not loaded', { prepared: [], skipped: [] }, `was made for ${first}`],
    [
      'one is skipped beside those with a reason',
      {
        stats: { ...stats, passes: passes - 1, skipped: SKIPS + 1 },
        skipped: [...skippable, first],
      },
      `${first} may not be skipped`,
    ],
    [
      'one is skipped instead of one with a reason',
      { skipped: [first, ...skippable.slice(1)] },
      `${first} may not be skipped`,
    ],
    ['Dredd skips one by itself', { stats: { ...stats, skipped: SKIPS + 1 } }, 'to be skipped'],
    [
      'fewer are skipped than somebody has counted',
      { stats: { ...stats, skipped: SKIPS - 1 }, skipped: skippable.slice(1) },
      'to be skipped',
    ],
  ])('is against it when %s', (_case, change, fault) => {
    const faults = faultsOf({ ...good, ...change }, expectation);
    expect(faults.join('\n')).toContain(fault);
  });

  test('is against one more reason to skip than somebody has counted', () => {
    const more = { ...expectation, skippable: [...skippable, first] };
    expect(faultsOf(good, more).join('\n')).toContain('are allowed to be');
  });
});

test('only a failure of an operation that needs no token is skipped, three times, and each says why', () => {
  const failures = operations.filter(isPublic).map(({ id }) => `${id} 500`);
  expect(Object.keys(SKIPPED).toSorted()).toStrictEqual(failures.toSorted());
  expect(SKIPS).toBe(3);
  expect(skippable).toHaveLength(SKIPS);
  const reasons = Object.values(SKIPPED);
  expect(reasons.every((reason) => reason.length > 40)).toBe(true);
  expect(new Set(reasons).size).toBe(SKIPS);
});
