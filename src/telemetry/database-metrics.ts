import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { DatabasePool } from 'slonik';
import { databaseFailure, type DatabaseFailure } from '../db/errors.ts';
import type { BeginStatement } from './statement-interceptor.ts';

/** The metrics of the database: what keeps them, and a pool to look at. */
export interface DatabaseMetrics {
  /** Measures a statement, from now until what it returns is called. */
  readonly measureStatement: BeginStatement;
  /** Measures the wait for a turn at the connections, from now until what it returns is called. */
  measureWait(): () => void;
  /** Measures the opening of a connection, from now until what it returns is called, whether or not it succeeds. */
  measureConnect(): () => void;
  /** Has the state of a pool read at each scrape. */
  watchPool(pool: DatabasePool, max: number): void;
}

/** From a tenth of a millisecond on, in seconds; a statement takes 5 seconds at most. */
const BUCKETS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
];

/** Everything that a failure is counted as; the compiler keeps it complete. */
const FAILURES: Readonly<Record<DatabaseFailure | 'other', true>> = {
  conflict: true,
  unsent: true,
  lost: true,
  locked: true,
  unavailable: true,
  refused: true,
  other: true,
};

/** Registers the metrics of the database. Statements go by the names that stand in their text. */
export function createDatabaseMetrics(registry: Registry): DatabaseMetrics {
  const registers = [registry];
  const queryDuration = new Histogram({
    name: 'db_query_duration_seconds',
    help: 'How long statements took, by name.',
    labelNames: ['statement'],
    buckets: BUCKETS,
    registers,
  });
  const failures = new Counter({
    name: 'db_query_failures_total',
    help: 'Statements that failed, by what that means; "other" is none of the database.',
    labelNames: ['failure'],
    registers,
  });
  for (const failure of Object.keys(FAILURES)) failures.inc({ failure }, 0);
  const wait = new Histogram({
    name: 'db_pool_wait_duration_seconds',
    help: 'How long requests waited for a place among the connections, those that had one at once and those that got none too.',
    buckets: BUCKETS,
    registers,
  });
  const connect = new Histogram({
    name: 'db_connect_duration_seconds',
    help: 'How long it took to open connections to the database, those that could not be opened too.',
    buckets: BUCKETS,
    registers,
  });
  return {
    measureWait: () => timeUntilEnd(wait),
    measureConnect: () => timeUntilEnd(connect),
    measureStatement(statement) {
      const startedAt = performance.now();
      return (error) => {
        queryDuration.observe({ statement }, (performance.now() - startedAt) / 1000);
        if (error !== undefined) failures.inc({ failure: databaseFailure(error) ?? 'other' });
      };
    },
    watchPool(pool, max) {
      new Gauge({
        name: 'db_pool_connections',
        help: 'Connections of the pool, by what they do.',
        labelNames: ['state'],
        registers,
        collect() {
          const state = pool.state();
          this.set({ state: 'acquired' }, state.acquiredConnections);
          this.set({ state: 'idle' }, state.idleConnections);
          this.set({ state: 'connecting' }, state.pendingConnections);
        },
      });
      new Gauge({
        name: 'db_pool_waiters',
        help: 'Those who wait for a connection.',
        registers,
        collect() {
          this.set(pool.state().waitingClients);
        },
      });
      new Gauge({
        name: 'db_pool_connections_max',
        help: 'The most connections that the pool opens.',
        registers,
      }).set(max);
    },
  };
}

function timeUntilEnd(histogram: Histogram): () => void {
  const startedAt = performance.now();
  return () => {
    histogram.observe((performance.now() - startedAt) / 1000);
  };
}
