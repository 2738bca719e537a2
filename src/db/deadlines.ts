import type { DriverClient, DriverFactory } from 'slonik';
import { DatabaseDeadlineError } from './errors.ts';

/** All in milliseconds. */
export interface Deadlines {
  /** For a connection to be made. */
  readonly connection: number;
  /** For the answer to a statement. */
  readonly query: number;
}

/**
 * Any driver, with deadlines of our own: those of the driver and of PostgreSQL are of no use when nobody
 * answers. A connection whose deadline has passed is destroyed, because its answer may come yet, and must
 * not be taken for that of another statement.
 *
 * Streams have no deadline; nothing here uses them.
 */
export function withDeadlines(factory: DriverFactory, deadlines: Deadlines): DriverFactory {
  return async (setup) => {
    const driver = await factory(setup);
    const connect = async () => impatient(await driver.createClient(), deadlines.query);
    return {
      createClient: () =>
        within(deadlines.connection, connect(), (connecting) => {
          // One that is there after all has nobody to use it.
          connecting.then(destroy, () => undefined);
        }),
    };
  };
}

function impatient(client: DriverClient, deadline: number): DriverClient {
  let expired: Error | undefined;
  return {
    ...client,
    query(...statement) {
      // Slonik would still try to roll back.
      if (expired) return Promise.reject(expired);
      return within(deadline, client.query(...statement), (_late, error) => {
        expired = error;
        destroy(client);
      });
    },
  };
}

/** Slonik ends the socket whether or not the other side takes part in it; there is nobody to tell of a failure. */
function destroy(client: DriverClient): void {
  client.destroy().catch(() => undefined);
}

/**
 * What `work` comes to, unless the time is up before.
 *
 * @param deadline in milliseconds
 * @param onLate called with the work, which goes on, and with what is thrown instead
 * @throws DatabaseDeadlineError
 */
export function within<T>(
  deadline: number,
  work: Promise<T>,
  onLate?: (work: Promise<T>, error: DatabaseDeadlineError) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const error = new DatabaseDeadlineError(deadline);
      onLate?.(work, error);
      reject(error);
    }, deadline);
    work.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
