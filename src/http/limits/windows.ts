import { LRUCache } from 'lru-cache';

/** What was counted under one key since its window began. */
export interface Window {
  consumed: number;
  /** When it ends and the count begins anew, in milliseconds of the clock given to `createWindows`. */
  readonly endsAt: number;
}

/** The windows that this process knows of, those of other instances as it last heard. */
export interface Windows {
  /** The present window of a key, if it has one. */
  get(key: string): Window | undefined;
  /** Whether nobody has a window at the moment. */
  readonly isEmpty: () => boolean;
  /** Counts one, in a new window if there is none. */
  count(key: string): Window;
  /** Takes over what Redis has counted, with what is left of the window in milliseconds. */
  set(key: string, counted: { consumed: number; left: number }): Window;
}

/**
 * How many keys are remembered, at some 200 bytes each; of users with the longest ids, a kilobyte. A flood of more addresses
 * than that within one window makes the least active ones start anew.
 */
const MAX_KEYS = 50_000;

/**
 * Counts per key in fixed windows, each from the first count on, in bounded memory.
 *
 * rate-limiter-flexible's own counter in memory keeps every key until its window ends, with a timer for each, four times the
 * memory, and no bound; and it cannot be read without waiting for a promise.
 *
 * @param length of a window, in milliseconds
 * @param now a clock, in milliseconds, that never goes back
 */
export function createWindows(length: number, now: () => number, maxKeys = MAX_KEYS): Windows {
  const windows = new LRUCache<string, Window>({ max: maxKeys });
  let lastEnd = -Infinity;

  function get(key: string): Window | undefined {
    const window = windows.get(key);
    return window !== undefined && window.endsAt > now() ? window : undefined;
  }

  function put(key: string, window: Window): Window {
    windows.set(key, window);
    lastEnd = Math.max(lastEnd, window.endsAt);
    return window;
  }

  return {
    get,
    isEmpty: () => lastEnd <= now(),
    count(key) {
      const known = get(key);
      if (known === undefined) return put(key, { consumed: 1, endsAt: now() + length });
      known.consumed += 1;
      return known;
    },
    set: (key, { consumed, left }) => put(key, { consumed, endsAt: now() + left }),
  };
}
