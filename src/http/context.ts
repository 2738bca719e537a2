import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { trace } from '@opentelemetry/api';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { startDatabaseUse } from '../telemetry/statements.ts';
import { traceContext } from '../telemetry/trace-context.ts';
import { createUserHash } from '../telemetry/user-hash.ts';
import { fieldsOf } from './fields.ts';
import { acceptRequestId } from './request-id.ts';
import { startRequestLine, type Notes } from './request-line.ts';

/** What is known of one request from its first moment on. */
export interface RequestContext {
  /** Taken from `X-Request-Id` when that is well-formed, else made; returned on every answer. */
  readonly requestId: string;
  /** Makes what writes lines with the ids of the request and of its trace. Few requests need it. */
  readonly createLogger: () => Logger;
}

interface NotedContext extends RequestContext {
  readonly notes: Notes;
}

interface RequestContextOptions {
  /** The key of the hashes that stand for users in the log; a random one unless given. */
  readonly logKey?: Uint8Array | undefined;
}

declare module 'node:http' {
  interface ServerResponse {
    /** What is known of the request. In a WeakMap it would cost some microseconds more per request. */
    noted?: NotedContext;
  }
}

/** Gives a request its context, does the work for it within that, and writes its line to the log at the end. */
export type BeginRequest = (
  req: IncomingMessage,
  res: ServerResponse,
  work: (requestId: string) => void,
) => void;

/** The first stage: gives the request its id, trace and logger, and writes its line to the log at the end. */
export function requestContext(logger: Logger, options?: RequestContextOptions): RequestHandler {
  const begin = createBeginRequest(logger, options);
  return (req, res, next) => {
    begin(req, res, (requestId) => {
      fieldsOf(res)['X-Request-Id'] = requestId;
      next();
    });
  };
}

/** What that stage does but for the header field, for who writes all the fields of an answer at once. */
export function createBeginRequest(
  logger: Logger,
  { logKey = randomBytes(32) }: RequestContextOptions = {},
): BeginRequest {
  const hash = createUserHash(logKey);
  return (req, res, work) => {
    const requestId = acceptRequestId(req.headers['x-request-id']);
    const { traceId, parentSpanId } = traceContext(req.headers.traceparent);
    // Where traces are recorded, their ids are what the log must lead to.
    const recorded = trace.getActiveSpan()?.spanContext().traceId;
    const ids = {
      request_id: requestId,
      trace_id: recorded ?? traceId,
      ...(parentSpanId !== undefined && { parent_span_id: parentSpanId }),
    };
    const notes = {};
    res.noted = { requestId, notes, createLogger: () => logger.child(ids) };
    startDatabaseUse((database) => {
      const writeLine = startRequestLine({ req, res, logger, ids, notes, database, hash });
      res.on('close', writeLine);
      work(requestId);
    });
  };
}

/**
 * The context that a request was given when it began.
 *
 * @throws Error when it was given none
 */
export function contextOf(res: ServerResponse): RequestContext {
  return notedContextOf(res);
}

/**
 * Adds to what the line of a request will say; what is noted twice counts as it was noted last.
 *
 * @throws Error when it was given none
 */
export function note(res: ServerResponse, notes: Notes): void {
  Object.assign(notedContextOf(res).notes, notes);
}

/**
 * What has been noted of a request so far.
 *
 * @throws Error when it was given none
 */
export function notesOf(res: ServerResponse): Notes {
  return notedContextOf(res).notes;
}

/**
 * The status that was sent, by the application or on the connection itself; none when the client left before.
 *
 * @throws Error when it was given none
 */
export function sentStatus(res: ServerResponse): number | undefined {
  return notesOf(res).status ?? (res.headersSent ? res.statusCode : undefined);
}

function notedContextOf(res: ServerResponse): NotedContext {
  const context = res.noted;
  if (!context)
    throw new Error('the request has no context: requestContext must be the first stage');
  return context;
}
