import { AsyncResource } from 'node:async_hooks';
import type { Logger } from 'pino';
import { sweepKeys } from './idempotency-keys.ts';
import type { Database } from './owner.ts';

/** How often to look for what is out of date, in milliseconds; each instance does. */
const INTERVAL = 10 * 60_000;

/** How many rows one statement deletes at most. */
const BATCH = 1_000;

/** Deletes idempotency keys that are older than a day, from time to time. */
export interface Sweep {
  /** To be called when a key was used, and the database is awake for that. */
  readonly onKeyUse: () => void;
  /** @returns stops it */
  readonly start: () => () => void;
}

interface SweepOptions {
  readonly db: Database;
  readonly logger: Logger;
  /** Whether the database sleeps when nobody uses it. Then it is swept only after a key was used, as it is awake anyway. */
  readonly sleeps: boolean;
  /** A clock, in milliseconds, that never goes back; for tests. */
  readonly now?: () => number;
}

/** Sweeps every ten minutes once it is started; where the database sleeps, with the first key and not sooner than that again. */
export function createSweep({
  db,
  logger,
  sleeps,
  now = () => performance.now(),
}: SweepOptions): Sweep {
  let lastAt = Number.NEGATIVE_INFINITY;
  // Bound to where the sweep is made: what it does belongs neither to the request that sets it off, nor to its trace.
  const run = AsyncResource.bind(() => {
    lastAt = now();
    sweep(db).then(
      (deleted) => {
        if (deleted > 0) logger.info({ deleted }, 'swept idempotency keys');
      },
      (error: unknown) => logger.warn({ err: error }, 'could not sweep idempotency keys'),
    );
  });
  return {
    onKeyUse() {
      if (sleeps && now() - lastAt >= INTERVAL) run();
    },
    start() {
      if (sleeps) return () => undefined;
      const timer = setInterval(run, INTERVAL);
      // It is no reason for the process to live.
      timer.unref();
      return () => clearInterval(timer);
    },
  };
}

async function sweep(db: Database): Promise<number> {
  let total = 0;
  for (;;) {
    const deleted = await sweepKeys(db, BATCH);
    total += deleted;
    if (deleted < BATCH) return total;
  }
}
