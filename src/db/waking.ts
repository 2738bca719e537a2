import pRetry from 'p-retry';
import type { DriverFactory } from 'slonik';
import { DatabaseDeadlineError } from './errors.ts';

/** The pause before the second attempt, in milliseconds; it grows by half each time, and is stretched at random. */
const PAUSE = { minTimeout: 100, factor: 1.5, randomize: true } as const;

/**
 * The classes of SQLSTATE that another attempt does not change, or only makes worse: wrong credentials, no such
 * database, no such role or right, and no place left.
 */
const FINAL = ['28', '3D', '42', '53'];

/**
 * Any driver, for a database that sleeps when nobody uses it: while it wakes, a connection that is refused is
 * tried again, so that who comes first does not pay for the sleep with an error. Nothing has been
 * sent by then, so nothing can happen twice.
 *
 * When the time is up, what is thrown is that, and it carries what the last attempt failed with.
 *
 * @param patience for how long attempts are begun, in milliseconds; how long one takes is not decided here
 */
export function withWaking(factory: DriverFactory, patience: number): DriverFactory {
  return async (setup) => {
    const driver = await factory(setup);
    return {
      createClient: () =>
        pRetry(() => driver.createClient(), {
          ...PAUSE,
          retries: Number.POSITIVE_INFINITY,
          maxRetryTime: patience,
          shouldRetry: ({ error }) => !isFinal(error),
        }).catch((error: unknown) => {
          throw isFinal(error) ? error : new DatabaseDeadlineError(patience, error);
        }),
    };
  };
}

function isFinal(error: unknown): boolean {
  // A fault of this program, which is not tried again either.
  if (error instanceof TypeError) return true;
  if (!(error instanceof Error) || !('code' in error)) return false;
  const code = String(error.code);
  return FINAL.some((sqlState) => code.startsWith(sqlState));
}
