import { expect, test } from '@jest/globals';
import { createOverloadWatch } from '../../src/http/overload.ts';

/** A watch over ten connections, with a queue and a clock that the test sets. */
function watched() {
  const state = { waiting: 0, now: 0 };
  const watch = createOverloadWatch({
    waiting: () => state.waiting,
    connections: 10,
    now: () => state.now,
  });
  return { state, watch };
}

test('lets as many wait as come at once, and no more', () => {
  const { state, watch } = watched();
  for (const [waiting, reason] of [
    [0, undefined],
    [100, undefined],
    [101, 'database'],
  ] as const) {
    state.waiting = waiting;
    expect(watch.reason()).toBe(reason);
  }
});

test('lets only few wait for five seconds from then on', () => {
  const { state, watch } = watched();
  state.waiting = 101;
  expect(watch.reason()).toBe('database');
  for (const now of [1_000, 4_900]) {
    state.now = now;
    state.waiting = 30;
    expect(watch.reason()).toBeUndefined();
    state.waiting = 31;
    expect(watch.reason()).toBe('database');
  }
  state.now = 5_000;
  expect(watch.reason()).toBeUndefined();
  state.waiting = 100;
  expect(watch.reason()).toBeUndefined();
});
