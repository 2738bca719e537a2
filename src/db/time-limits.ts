import { sql } from 'slonik';

/** For how long PostgreSQL may be at something, by the name of its setting, in milliseconds. */
export const TIME_LIMITS = {
  statement_timeout: 5_000,
  lock_timeout: 3_000,
  idle_in_transaction_session_timeout: 5_000,
} as const;

/** How long a connection may take to be made, in milliseconds. */
export const CONNECTION_DEADLINE = 3_000;

/**
 * How long to wait for the answer to a statement, in milliseconds. PostgreSQL is given the time to answer
 * that its own limit was reached; who is silent then is not there, or has several short reads that each take seconds.
 */
export const QUERY_DEADLINE = TIME_LIMITS.statement_timeout + 1_000;

/**
 * How long a connection is kept that nobody uses, in milliseconds. Neon's databases fall asleep after five
 * minutes, and break those that are left: one that was given back before cannot be found broken.
 */
export const IDLE_TIME = 60_000;

/** How long a connection that is given up has to say goodbye, in milliseconds. */
export const GOODBYE = 100;

/** A condition by itself: the connection has the limits, or stricter ones. A pooler may have dropped them. */
export const hasTimeLimits = sql.join(
  Object.entries(TIME_LIMITS).map(
    ([name, milliseconds]) =>
      sql.fragment`extract(epoch FROM current_setting(${name})::interval) * 1000 BETWEEN 1 AND ${milliseconds}`,
  ),
  sql.fragment` AND `,
);
