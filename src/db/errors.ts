import {
  BackendTerminatedError,
  BackendTerminatedUnexpectedlyError,
  ConnectionError,
  IdleTransactionTimeoutError,
  IntegrityConstraintViolationError,
  StatementCancelledError,
  StatementTimeoutError,
} from 'slonik';
import type { InvalidField, ProblemCode } from '../contract/types.ts';

/** Too many want a connection at once: this one was turned away, and nothing was sent. */
export class DatabaseBusyError extends Error {
  override readonly name = 'DatabaseBusyError';
  /** For the log. */
  readonly reason: 'waited_too_long' | 'too_many_wait';

  constructor(reason: DatabaseBusyError['reason']) {
    super('No connection to the database was free.');
    this.reason = reason;
  }
}

/**
 * The database did not answer in time. Slonik is told that the connection is at an end, as it is, so that it
 * does not try to roll back.
 */
export class DatabaseDeadlineError extends BackendTerminatedError {
  override readonly name = 'DatabaseDeadlineError';

  /**
   * @param deadline in milliseconds
   * @param cause what was the matter meanwhile, where that is known
   */
  constructor(deadline: number, cause?: unknown) {
    super(new Error(`no answer within ${String(deadline)} ms`, { cause }));
  }
}

/** What an error of the database means for the request that met it. */
export type DatabaseFailure =
  /** The transaction lost against another one and left nothing behind: run all of it again. */
  | 'conflict'
  /** The connection was never made: nothing was sent. */
  | 'unsent'
  /** The connection was lost, or the time was up: whether a write happened is not known. */
  | 'lost'
  /** Another transaction keeps a lock for too long. */
  | 'locked'
  /** It cannot serve for now: too busy, silent, full, read-only, stopping. Another attempt would only add to that. */
  | 'unavailable'
  /** It refused what the contract had let through: a fault of ours. */
  | 'refused';

/**
 * What each SQLSTATE, or class of them, says
 * (https://www.postgresql.org/docs/current/errcodes-appendix.html). The longest one that fits counts.
 */
const BY_SQLSTATE: Readonly<Record<string, DatabaseFailure>> = {
  '08': 'lost', // connection exception
  '25P03': 'lost', // idle in a transaction for too long
  '25006': 'unavailable', // read-only: a standby, just after a failover
  '40': 'conflict', // serialization failure, deadlock
  '40003': 'lost', // statement completion unknown
  '53': 'unavailable', // out of connections, memory or disk
  '55P03': 'locked', // lock timeout
  '57014': 'lost', // statement timeout, cancelled
  '57P': 'lost', // shutting down, crashed, starting, database dropped
  '57P03': 'unsent', // cannot connect now
};

/** What the system says when a connection breaks. */
const BROKEN_CONNECTION = /^(ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/;

/**
 * The constraints whose violation says that the input was invalid, with its place. The contract has the
 * same bounds and comes first, so this only shows when the two have come apart.
 */
const BY_CONSTRAINT: Readonly<Record<string, InvalidField>> = {
  tasks_title_length: { pointer: '#/title', detail: 'has a length that is not allowed' },
  tasks_title_not_blank: { pointer: '#/title', detail: 'must not be blank' },
  tasks_description_length: { pointer: '#/description', detail: 'is too long' },
  users_user_id_length: { parameter: 'user_id', detail: 'has a length that is not allowed' },
  users_user_id_no_control: { parameter: 'user_id', detail: 'must not have control characters' },
};

/** What an error means, when the database or the way to it is where it comes from. */
export function databaseFailure(error: unknown): DatabaseFailure | undefined {
  if (isOverload(error)) return 'unavailable';
  if (error instanceof ConnectionError) return 'unsent';
  if (
    error instanceof BackendTerminatedError ||
    error instanceof BackendTerminatedUnexpectedlyError ||
    error instanceof IdleTransactionTimeoutError ||
    error instanceof StatementTimeoutError ||
    error instanceof StatementCancelledError
  ) {
    return 'lost';
  }
  if (error instanceof IntegrityConstraintViolationError) return 'refused';
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (BROKEN_CONNECTION.test(code)) return 'lost';
  if (!/^[0-9A-Z]{5}$/.test(code)) return undefined;
  for (let length = code.length; length >= 2; length -= 1) {
    const failure = BY_SQLSTATE[code.slice(0, length)];
    if (failure) return failure;
  }
  return 'refused';
}

/** Whether it was one of our own bounds: Slonik wraps what stopped a connection from being made. */
function isOverload(error: unknown): boolean {
  const reason = error instanceof ConnectionError ? error.cause : error;
  return reason instanceof DatabaseBusyError || reason instanceof DatabaseDeadlineError;
}

/** The problem that an error of the database is answered with; `undefined` when it is none of those. */
export function databaseProblem(
  error: unknown,
): { code: ProblemCode; errors?: InvalidField[] } | undefined {
  const failure = databaseFailure(error);
  if (failure === undefined) return undefined;
  if (failure !== 'refused') return { code: 'service_unavailable' };
  const constraint =
    error instanceof Error && 'constraint' in error ? String(error.constraint) : '';
  const place = BY_CONSTRAINT[constraint];
  return place ? { code: 'invalid_request', errors: [place] } : { code: 'internal_error' };
}
