import {
  BackendTerminatedError,
  BackendTerminatedUnexpectedlyError,
  ConnectionError,
  StatementTimeoutError,
} from 'slonik';

/**
 * SQLSTATEs and system errors that say nothing of the statement, only that the database did not serve
 * it now (https://www.postgresql.org/docs/current/errcodes-appendix.html): connection exceptions,
 * too many connections, shutting down, starting up.
 */
const UNAVAILABLE =
  /^(08\w{3}|53300|57P0[1-3]|ECONN\w+|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH)$/;

/** Whether an error means that the database cannot be reached or does not answer in time. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (
    error instanceof ConnectionError ||
    error instanceof BackendTerminatedError ||
    error instanceof BackendTerminatedUnexpectedlyError ||
    error instanceof StatementTimeoutError
  ) {
    return true;
  }
  return error instanceof Error && 'code' in error && UNAVAILABLE.test(String(error.code));
}
