import { AsyncLocalStorage } from 'node:async_hooks';
import type { EndOfStatement } from './statement-interceptor.ts';

/** How often a statement ran, and for how long in all. */
interface StatementTime {
  count: number;
  /** Milliseconds. */
  ms: number;
}

/** What one request has asked of the database so far. */
export interface DatabaseUse {
  /** By name. */
  readonly statements: Map<string, StatementTime>;
  /** How long it waited for its turn and for new connections, in milliseconds; the waits that go on are not in it. */
  waited: number;
  /** How many waits go on. */
  waits: number;
  /** The sum of the times at which those began. */
  waitsSince: number;
}

/** A summary for the log, in milliseconds. */
export interface DatabaseReport {
  readonly ms: number;
  readonly count: number;
  readonly wait_ms: number;
  /** The slowest first. */
  readonly statements: readonly { statement: string; count: number; ms: number }[];
}

const current = new AsyncLocalStorage<DatabaseUse>();

/** Runs `work`, in which all that `measureStatement` sees is added to the returned use. */
export function startDatabaseUse(work: (use: DatabaseUse) => void): void {
  const use: DatabaseUse = { statements: new Map(), waited: 0, waits: 0, waitsSince: 0 };
  current.run(use, work, use);
}

/** Adds a statement, which begins now, to what is known of the current request; one that never ends is seen as well. */
export function measureStatement(statement: string): EndOfStatement | undefined {
  const use = current.getStore();
  return use && begin(use, statement);
}

/**
 * Adds a wait, which begins now, to what is known of the current request.
 *
 * @returns to be called when the wait is over; nothing outside a request
 */
export function measureWait(): (() => void) | undefined {
  const use = current.getStore();
  if (!use) return undefined;
  const since = performance.now();
  use.waits += 1;
  use.waitsSince += since;
  return () => {
    use.waits -= 1;
    use.waitsSince -= since;
    use.waited += performance.now() - since;
  };
}

function begin(use: DatabaseUse, name: string): EndOfStatement {
  const time = use.statements.get(name) ?? { count: 0, ms: 0 };
  use.statements.set(name, time);
  time.count += 1;
  const startedAt = performance.now();
  return () => {
    time.ms += performance.now() - startedAt;
  };
}

/** What a request spent on the database; `undefined` when it made no use of it. */
export function reportDatabaseUse(use: DatabaseUse): DatabaseReport | undefined {
  if (use.statements.size + use.waits + use.waited === 0) return undefined;
  const now = performance.now();
  const statements = [...use.statements]
    .map(([statement, { count, ms }]) => ({ statement, count, ms: round(ms) }))
    .sort((a, b) => b.ms - a.ms);
  return {
    ms: round(statements.reduce((sum, { ms }) => sum + ms, 0)),
    count: statements.reduce((sum, { count }) => sum + count, 0),
    wait_ms: round(use.waited + use.waits * now - use.waitsSince),
    statements,
  };
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
