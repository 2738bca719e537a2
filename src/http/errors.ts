import type { ErrorRequestHandler } from 'express';
import { AuthenticationError, KeySourceUnavailableError } from '../auth/errors.ts';
import { ProblemError, problems } from '../contract/problems.ts';
import { databaseProblem } from '../db/errors.ts';
import { contextOf, note, notesOf } from './context.ts';
import { send } from './send.ts';

/** Answers everything that was thrown, on the way in or by a handler: the only place that does. */
export const errorHandler: ErrorRequestHandler = async (error: unknown, req, res, _next) => {
  // Answered on the connection itself, which ends by itself: what the request fails with then is no news.
  if (notesOf(res).status !== undefined) return;
  if (res.headersSent || res.destroyed) {
    const logger = contextOf(res).createLogger();
    logger.warn({ err: error }, 'failed after the answer had begun, or the client was gone');
    res.destroy();
    return;
  }
  const { code, message: detail, errors, headers, cause } = toProblem(error);
  const { status } = problems[code];
  note(res, { cause: cause ?? error });
  await send(res, { status, headers, problem: { code, detail, ...(errors && { errors }) } });
};

/** The one table from what can be thrown to what is answered. Whatever is not in it is our own failure. */
function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof AuthenticationError) {
    const headers = { 'WWW-Authenticate': error.challenge };
    return new ProblemError(error.code, error.detail, { headers, cause: error });
  }
  if (error instanceof KeySourceUnavailableError) {
    return unavailable('Tokens cannot be verified at the moment.', error.retryAfter, error);
  }
  return (
    fromDatabaseError(error) ??
    new ProblemError('internal_error', 'Something went wrong on our side.', { cause: error })
  );
}

function fromDatabaseError(cause: unknown): ProblemError | undefined {
  const found = databaseProblem(cause);
  if (!found) return undefined;
  if (found.code === 'service_unavailable') {
    return unavailable('The database does not serve this request at the moment.', 1, cause);
  }
  const detail = found.errors
    ? 'The database refused a value.'
    : 'Something went wrong on our side.';
  return new ProblemError(found.code, detail, {
    cause,
    ...(found.errors && { errors: found.errors }),
  });
}

function unavailable(detail: string, retryAfter: number, cause: unknown): ProblemError {
  const headers = { 'Retry-After': String(retryAfter) };
  return new ProblemError('service_unavailable', detail, { headers, cause });
}
