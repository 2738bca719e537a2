import type { Logger } from 'pino';
import { sweepKeys } from './idempotency-keys.ts';
import type { Database } from './owner.ts';

/** How often to look for what is out of date, in milliseconds; each instance does. */
const INTERVAL = 10 * 60_000;

/** How many rows one statement deletes at most. */
const BATCH = 1_000;

/**
 * Deletes idempotency keys that are older than a day, from time to time.
 *
 * @returns stops it
 */
export function startSweep(db: Database, logger: Logger): () => void {
  const timer = setInterval(() => {
    sweep(db).then(
      (deleted) => {
        if (deleted > 0) logger.info({ deleted }, 'swept idempotency keys');
      },
      (error: unknown) => logger.warn({ err: error }, 'could not sweep idempotency keys'),
    );
  }, INTERVAL);
  // It is no reason for the process to live.
  timer.unref();
  return () => clearInterval(timer);
}

async function sweep(db: Database): Promise<number> {
  let total = 0;
  for (;;) {
    const deleted = await sweepKeys(db, BATCH);
    total += deleted;
    if (deleted < BATCH) return total;
  }
}
