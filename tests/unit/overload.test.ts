import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createOverloadWatch } from '../../src/http/overload.ts';

/** A watch over ten connections or so many, with a queue and a clock that the test sets. */
function watched(connections = 10) {
  const state = { waiting: 0, now: 0 };
  const watch = createOverloadWatch({
    waiting: () => state.waiting,
    connections,
    now: () => state.now,
  });
  return { state, watch };
}

beforeEach(() => {
  jest.useFakeTimers();
  // Each look comes after 25 ms.
  jest.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

test('lets as many wait as come at once, and from one more on only few, until nobody does for a while', () => {
  const { state, watch } = watched();
  watch.start();
  for (const [waiting, reason] of [
    [0, undefined],
    [99, undefined],
    [100, 'database'],
    [9, undefined],
    [10, 'database'],
    // Nobody comes, and the queue is as long as ever.
    [10, 'three looks'],
    [10, 'database'],
    [0, undefined],
    [10, 'database'],
    [0, 'a look'],
    [10, 'database'],
    [10, 'a look'],
    [0, 'a look'],
    // A burst, and nobody waits again.
    [10, 'database'],
    [0, 'a look'],
    [10, undefined],
    [99, undefined],
    [100, 'database'],
    [0, 'a look'],
    [0, 'a look'],
    [99, undefined],
  ] as const) {
    state.waiting = waiting;
    if (reason === 'a look') jest.advanceTimersToNextTimer();
    else if (reason === 'three looks') jest.advanceTimersToNextTimer(3);
    else expect(watch.reason()).toBe(reason);
  }
  state.waiting = 100;
  expect(watch.reason()).toBe('database');
  watch.stop();
  state.waiting = 10;
  expect(watch.reason()).toBeUndefined();
});

test.each([
  [1, 10, 3],
  [2, 20, 6],
  [3, 30, 9],
  [4, 40, 10],
  [20, 200, 20],
])('%d connections: %d may wait, and %d once there were more', (connections, burst, standing) => {
  const { state, watch } = watched(connections);
  const reasonAt = (waiting: number) => {
    state.waiting = waiting;
    return watch.reason();
  };
  expect(reasonAt(burst - 1)).toBeUndefined();
  expect(reasonAt(burst)).toBe('database');
  expect(reasonAt(standing - 1)).toBeUndefined();
  expect(reasonAt(standing)).toBe('database');
});

test('looks at no fixed interval, which crowds could have as well', () => {
  const { watch } = watched();
  const setTimer = jest.spyOn(globalThis, 'setTimeout');
  for (const value of [0, 0.5, 1]) {
    jest.mocked(Math.random).mockReturnValue(value);
    watch.start();
    watch.stop();
  }
  expect(setTimer.mock.calls.map(([, delay]) => delay)).toEqual([25, 35, 45]);
});

describe('of an event loop', () => {
  /** Lets turns of the event loop pass, each so late and with so many requests. */
  function passing({ state, watch }: ReturnType<typeof watched>) {
    watch.start();
    return (turns: number, late: number, requests: number) => {
      const reasons: unknown[] = [];
      for (let turn = 0; turn < turns; turn += 1) {
        for (let count = 0; count < requests; count += 1) reasons.push(watch.reason());
        state.now += 25 + late;
        jest.advanceTimersToNextTimer();
      }
      return reasons;
    };
  }
  const refused = (reasons: unknown[]) =>
    reasons.filter((reason) => reason === 'event_loop').length;

  test('that was late three times with many requests, a share is refused that grows, and never all', () => {
    const pass = passing(watched());
    expect(refused(pass(3, 60, 20))).toBe(0);
    expect(refused(pass(1, 60, 20))).toBe(10);
    const shares = Array.from({ length: 20 }, () => refused(pass(1, 60, 100)));
    expect(shares[0]).toBeGreaterThan(60);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(Math.max(...shares)).toBe(90);
  });

  test.each([
    ['in time', 0, 100],
    ['late for reasons other than requests', 60, 19],
  ])('that is %s, none is refused, whatever was before', (_name, late, requests) => {
    const pass = passing(watched());
    pass(5, 60, 100);
    pass(3, late, requests);
    expect(refused(pass(20, late, requests))).toBe(0);
  });
});
