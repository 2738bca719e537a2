import pRetry from 'p-retry';
import { databaseFailure } from './errors.ts';

/** How often a transaction that lost against another one is run again. */
const CONFLICT_RETRIES = 3;

/** The pause before the first repetition, in milliseconds; it doubles, and is stretched at random. */
const PAUSE = 20;

/**
 * Runs database work, and all of it again where that can help and cannot do anything twice: after a
 * serialization failure or a deadlock, which leave nothing behind; and once when a connection could not
 * be made, or was lost during work that may be repeated.
 *
 * @param work one statement, or one transaction, with nothing beside it
 * @param isRepeatable whether doing it twice has the effect of doing it once
 * @throws the last error
 */
export function withRetry<T>(work: () => Promise<T>, isRepeatable: boolean): Promise<T> {
  // Hardly any work fails, so what comes after a failure is prepared only then.
  return work().catch((failed: unknown) => {
    const attempt = (number: number) => (number === 1 ? rejectWith(failed) : work());
    return pRetry(attempt, {
      retries: CONFLICT_RETRIES,
      minTimeout: PAUSE,
      randomize: true,
      shouldRetry({ error, attemptNumber }) {
        const failure = databaseFailure(error);
        if (failure === 'conflict') return true;
        const canHelp = failure === 'unsent' || (failure === 'lost' && isRepeatable);
        return canHelp && attemptNumber === 1;
      },
    });
  });
}

function rejectWith(error: unknown): Promise<never> {
  return Promise.reject(error instanceof Error ? error : new Error(String(error)));
}
