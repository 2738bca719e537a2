import type { ErrorRequestHandler } from 'express';
import { AuthenticationError, KeySourceUnavailableError } from '../auth/errors.ts';
import { ProblemError, problems } from '../contract/problems.ts';
import { isDatabaseUnavailable } from '../db/errors.ts';
import { contextOf } from './context.ts';
import { send } from './send.ts';

/** Answers everything that was thrown, on the way in or by a handler: the only place that does. */
export const errorHandler: ErrorRequestHandler = async (error: unknown, req, res, _next) => {
  const { logger } = contextOf(res);
  if (res.headersSent || res.destroyed) {
    logger.warn({ err: error }, 'failed after the answer had begun, or the client was gone');
    res.destroy();
    return;
  }
  const { code, message: detail, errors, headers, cause } = toProblem(error);
  const { status } = problems[code];
  if (status >= 500) logger.error({ err: cause }, detail);
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
  if (isDatabaseUnavailable(error)) {
    return unavailable('The database cannot be reached at the moment.', 1, error);
  }
  return (
    fromHttpError(error) ??
    new ProblemError('internal_error', 'Something went wrong on our side.', { cause: error })
  );
}

function unavailable(detail: string, retryAfter: number, cause: unknown): ProblemError {
  const headers = { 'Retry-After': String(retryAfter) };
  return new ProblemError('service_unavailable', detail, { headers, cause });
}

/** What Express and its body parser throw: errors with a status, and mostly a `type`. */
function fromHttpError(error: unknown): ProblemError | undefined {
  if (!(error instanceof Error) || !('status' in error)) return undefined;
  const options = { cause: error };
  if (error instanceof URIError) {
    return new ProblemError(
      'malformed_url',
      'The path is not valid percent-encoded UTF-8.',
      options,
    );
  }
  switch ('type' in error ? error.type : undefined) {
    case 'entity.too.large':
      return new ProblemError(
        'content_too_large',
        'The body is larger than 131072 bytes.',
        options,
      );
    case 'encoding.unsupported':
      return new ProblemError(
        'unsupported_media_type',
        'The content encoding is not supported.',
        options,
      );
    case 'request.aborted':
    case 'request.size.invalid':
      return new ProblemError(
        'malformed_body',
        'The body ended before its announced length.',
        options,
      );
    default:
      // Broken compressed data has no type of its own, only the status that body-parser gives it.
      return error.status === 400
        ? new ProblemError('malformed_body', 'The body cannot be decompressed.', options)
        : undefined;
  }
}
