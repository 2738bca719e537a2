import { createPgDriverFactory } from '@slonik/pg-driver';
import {
  createPool,
  SchemaValidationError,
  type DatabasePool,
  type DriverFactory,
  type Interceptor,
} from 'slonik';

/** What the connection pool is made from. */
export interface DatabaseConfig {
  /** `postgres://user:password@host:port/database?sslmode=...` */
  readonly url: string;
  /** The most connections that are open at once. */
  readonly poolMax: number;
  /** Called around every statement, before what this module does itself. */
  readonly interceptors: readonly Interceptor[];
}

/** How long to wait for a connection to be established, and for a statement to end, in milliseconds. */
const CONNECTION_TIMEOUT = 3_000;
const STATEMENT_TIMEOUT = 5_000;

/**
 * The pool through which every statement goes. No connection is made before the first statement, so
 * that the server starts, and reports that it is not ready, while the database is away.
 *
 * @throws Error when the URL is not one
 */
export async function createDatabasePool(config: DatabaseConfig): Promise<DatabasePool> {
  const pool = await createPool(withKnownSslMode(config.url), {
    driverFactory: lazily(createPgDriverFactory()),
    maxPoolSize: config.poolMax,
    connectionTimeout: CONNECTION_TIMEOUT,
    connectionRetryLimit: 1,
    statementTimeout: STATEMENT_TIMEOUT,
    idleInTransactionSessionTimeout: STATEMENT_TIMEOUT,
    idleTimeout: 60_000,
    captureStackTrace: false,
    // What is worth running again is run again as a whole, by `withRetry`.
    queryRetryLimit: 0,
    transactionRetryLimit: 0,
    // Slonik would run DISCARD ALL after each query: a second round trip. There is nothing to discard,
    // because no statement here changes the session.
    resetConnection: () => Promise.resolve(),
    interceptors: [...config.interceptors, parseRows],
    // Revisions stay far below 2^53, by CHECK constraint.
    typeParsers: [{ name: 'int8', parse: Number }],
  });
  // Slonik also emits what it rejects with, and an error event that nobody hears is thrown by Node.
  pool.on('error', () => undefined);
  return pool;
}

/** Slonik checks rows against the schema of their query only if an interceptor does so. */
const parseRows: Interceptor = {
  name: 'parse-rows',
  async transformRowAsync({ resultParser }, query, row) {
    if (!resultParser) return row;
    const result = await resultParser['~standard'].validate(row);
    if (result.issues) throw new SchemaValidationError(query, row, result.issues);
    return row;
  },
};

/**
 * The driver asks the database for the numbers of its types when it is made. Made late, and again
 * after a failure, it lets the server start before the database.
 */
function lazily(factory: DriverFactory): DriverFactory {
  return (setup) => {
    let driver: ReturnType<DriverFactory> | undefined;
    const connected = (): ReturnType<DriverFactory> => {
      driver ??= factory(setup).catch((error: unknown) => {
        driver = undefined;
        throw error;
      });
      return driver;
    };
    return Promise.resolve({ createClient: async () => (await connected()).createClient() });
  };
}

/**
 * Slonik knows three values of `sslmode`. Its `require` verifies certificate and host name, as
 * `verify-full` does elsewhere; libpq's `require` does not, and here it does too, which is the safer reading.
 */
function withKnownSslMode(url: string): string {
  const parsed = new URL(url);
  const mode = parsed.searchParams.get('sslmode');
  if (mode === 'verify-full' || mode === 'verify-ca') parsed.searchParams.set('sslmode', 'require');
  return parsed.href;
}
