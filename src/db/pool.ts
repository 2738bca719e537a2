import {
  createPool,
  SchemaValidationError,
  type DatabasePool,
  type DriverFactory,
  type Interceptor,
} from 'slonik';
import {
  admission,
  admitted,
  createDoor,
  createShares,
  SharedDatabase,
  type LendTo,
  type OnWait,
} from './admission.ts';
import { withDeadlines } from './deadlines.ts';
import { createNeonDriver } from './drivers/neon.ts';
import { createNodePostgresDriver } from './drivers/node-postgres.ts';
import { createLender, type Lend } from './lending.ts';
import { withNamedStatements } from './named-statements.ts';
import type { Database } from './owner.ts';
import {
  CONNECTION_DEADLINE,
  GOODBYE,
  IDLE_TIME,
  QUERY_DEADLINE,
  TIME_LIMITS,
} from './time-limits.ts';
import { withWaking } from './waking.ts';

/** What the connection pool is made from. */
export interface DatabaseConfig {
  /** `postgres://user:password@host:port/database?sslmode=...` */
  readonly url: string;
  /** The most connections that requests use at once. */
  readonly poolMax: number;
  /** How long a request waits for one of them, in milliseconds. */
  readonly poolWait: number;
  /**
   * Whether a pooler in transaction mode is in front. It refuses time limits when a connection is made, so
   * none are sent: its role must have them.
   */
  readonly hasPooler: boolean;
  /** Node-postgres, or Neon's driver, which goes through a WebSocket. */
  readonly driver: 'tcp' | 'neon';
  /** The WebSocket proxy for Neon's driver, where the host is not one of Neon's. */
  readonly wsProxy?: URL | undefined;
  /** Whether the database sleeps when nobody uses it, and a connection is worth some attempts while it wakes. */
  readonly sleeps: boolean;
  /** Called when a request asks for its turn at the connections. */
  readonly onWait?: OnWait;
  /** Called when a connection is opened, with what is kept when it is there, and broken when it cannot be. */
  readonly onConnect?: (connecting: Promise<unknown>) => void;
  /** Called around every statement. */
  readonly interceptor?: Omit<Interceptor, 'transformRow'>;
}

/** The ways to the database. They share their connections, and end together. */
export interface DatabaseAccess {
  /** For requests: who comes when all connections are in use waits, for a while. */
  readonly db: DatabasePool;
  /** The same for requests of one user, which never use more than half of the connections. */
  readonly databaseOf: (subject: string) => Database;
  /** How many requests wait for a connection at the moment, those not counted that wait for their user's share. */
  readonly waiting: () => number;
  /** For one question at a time about the database itself: it has a connection beyond those, and never waits. */
  readonly probes: Database;
}

/** How long a request has a connection when there is much to do, in milliseconds: some statements of one or two. */
const TURN = 10;

/**
 * The pool through which every statement goes. No connection is made before the first statement, so
 * that the server starts, and reports that it is not ready, while the database is away.
 *
 * @throws Error when the URL is not one
 */
export async function createDatabaseAccess(config: DatabaseConfig): Promise<DatabaseAccess> {
  const { poolMax, poolWait } = config;
  const pool = await createPool(withKnownSslMode(config.url), {
    driverFactory: withConnectsTold(
      withDeadlines(chooseDriver(config), {
        connection: CONNECTION_DEADLINE,
        query: QUERY_DEADLINE,
      }),
      config.onConnect,
    ),
    maxPoolSize: poolMax + 1,
    // After ours, which says more; this one cleans up.
    connectionTimeout: CONNECTION_DEADLINE + 500,
    connectionRetryLimit: 1,
    gracefulTerminationTimeout: GOODBYE,
    idleTimeout: IDLE_TIME,
    captureStackTrace: false,
    // What is worth running again is run again as a whole, by `withRetry`.
    queryRetryLimit: 0,
    transactionRetryLimit: 0,
    // Slonik would run DISCARD ALL after each query: a second round trip. There is nothing to discard,
    // because no statement here changes the session.
    resetConnection: () => Promise.resolve(),
    // One alone: Slonik goes through them nine times for each statement.
    interceptors: [{ ...config.interceptor, ...parseRows }],
  });
  // Slonik also emits what it rejects with, and an error event that nobody hears is thrown by Node.
  pool.on('error', () => undefined);
  const rulesOf = (limit: number) => ({
    limit,
    // More could not be served before their time is up.
    maxWaiting: Math.ceil((limit * poolWait) / TURN),
  });
  const common = createDoor(rulesOf(poolMax));
  const shares = createShares(rulesOf(shareOf(poolMax)));
  const waiting = () => common.waiting() + shares.waiting();
  const lend = createLender(pool, common.waiting);
  const admit = admission(poolWait, config.onWait);
  const lendToAll: Lend = (work) => admit([common], () => lend(work));
  const lendTo: LendTo = (subject, work) => admit([shares.of(subject), common], () => lend(work));
  return {
    db: admitted(pool, lendToAll, waiting),
    databaseOf: (subject) => new SharedDatabase(subject, lendTo),
    waiting: common.waiting,
    probes: pool,
  };
}

/**
 * How many connections one user has at most: writes of one user wait for each other in the database, each with a
 * connection.
 */
export function shareOf(poolMax: number): number {
  return Math.ceil(poolMax / 2);
}

function chooseDriver({ driver, hasPooler, wsProxy, sleeps }: DatabaseConfig): DriverFactory {
  const limits = hasPooler ? undefined : TIME_LIMITS;
  const factory =
    driver === 'neon'
      ? createNeonDriver({ limits, proxy: wsProxy })
      : createNodePostgresDriver({ limits });
  // Before the deadline of `withDeadlines`, which knows only that nobody answered, and not why.
  const woken = sleeps ? withWaking(factory, CONNECTION_DEADLINE - 250) : factory;
  return hasPooler ? woken : withNamedStatements(woken);
}

function withConnectsTold(
  factory: DriverFactory,
  onConnect: DatabaseConfig['onConnect'],
): DriverFactory {
  return async (setup) => {
    const driver = await factory(setup);
    return {
      createClient() {
        const connecting = driver.createClient();
        onConnect?.(connecting);
        return connecting;
      },
    };
  };
}

/** Slonik checks rows against the schema of their query only if an interceptor does so. */
const parseRows: Interceptor = {
  name: 'parse-rows',
  // Not `transformRowAsync`, for which Slonik makes a queue per statement and some promises per row.
  transformRow({ resultParser }, query, row) {
    if (!resultParser) return row;
    const result = resultParser['~standard'].validate(row);
    if (result instanceof Promise) throw new TypeError('A row is parsed at once, or not at all.');
    if (result.issues) throw new SchemaValidationError(query, row, result.issues);
    return row;
  },
};

/**
 * Slonik knows three values of `sslmode`. Its `require` verifies certificate and host name, as
 * `verify-full` does elsewhere; libpq's `require` does not, and here it does too, which is the safer reading.
 */
function withKnownSslMode(url: string): string {
  const known = new URL(url);
  const mode = known.searchParams.get('sslmode');
  if (mode === 'verify-full' || mode === 'verify-ca') known.searchParams.set('sslmode', 'require');
  return known.href;
}
