import type { RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { v7 as uuidv7 } from 'uuid';

/** What is known of one request from its first moment on. */
export interface RequestContext {
  /** Taken from `X-Request-Id` when that is well-formed, else made; returned on every answer. */
  readonly requestId: string;
  /** Writes lines that carry the request id. */
  readonly logger: Logger;
}

const contexts = new WeakMap<Response, RequestContext>();

const WELL_FORMED_REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** The first stage: gives the request its id and logger, and writes its line to the log at the end. */
export function requestContext(logger: Logger): RequestHandler {
  return (req, res, next) => {
    const startedAt = performance.now();
    const requestId = acceptRequestId(req.headers['x-request-id']);
    const context = { requestId, logger: logger.child({ request_id: requestId }) };
    contexts.set(res, context);
    res.setHeader('X-Request-Id', requestId);
    res.once('close', () => {
      context.logger.info(
        {
          method: req.method,
          status: res.statusCode,
          duration_ms: Math.round(performance.now() - startedAt),
          ...(!res.writableFinished && { aborted: true }),
        },
        'request',
      );
    });
    next();
  };
}

/** The id for a request: the one it brought when that is well-formed, else a new one. */
function acceptRequestId(sent: string | string[] | undefined): string {
  return typeof sent === 'string' && WELL_FORMED_REQUEST_ID.test(sent) ? sent : uuidv7();
}

/**
 * The context that `requestContext` gave to a request.
 *
 * @throws Error when that stage did not run
 */
export function contextOf(res: Response): RequestContext {
  const context = contexts.get(res);
  if (!context)
    throw new Error('the request has no context: requestContext must be the first stage');
  return context;
}
