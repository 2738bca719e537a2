import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { trace } from '@opentelemetry/api';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { startDatabaseUse } from '../telemetry/statements.ts';
import { traceContext } from '../telemetry/trace-context.ts';
import { createUserHash } from '../telemetry/user-hash.ts';
import { startRequestLine, type Notes } from './request-line.ts';

/** What is known of one request from its first moment on. */
export interface RequestContext {
  /** Taken from `X-Request-Id` when that is well-formed, else made; returned on every answer. */
  readonly requestId: string;
  /** Writes lines that carry the ids of the request and of its trace. */
  readonly logger: Logger;
}

interface NotedContext extends RequestContext {
  readonly notes: Notes;
}

interface RequestContextOptions {
  /** The key of the hashes that stand for users in the log; a random one unless given. */
  readonly logKey?: Uint8Array | undefined;
}

const contexts = new WeakMap<ServerResponse, NotedContext>();

const WELL_FORMED_REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** The first stage: gives the request its id, trace and logger, and writes its line to the log at the end. */
export function requestContext(
  logger: Logger,
  { logKey = randomBytes(32) }: RequestContextOptions = {},
): RequestHandler {
  const hash = createUserHash(logKey);
  return (req, res, next) => {
    const requestId = acceptRequestId(req.headers['x-request-id']);
    const { traceId, parentSpanId } = traceContext(req.headers.traceparent);
    // Where traces are recorded, their ids are what the log must lead to.
    const recorded = trace.getActiveSpan()?.spanContext().traceId;
    const context = {
      requestId,
      logger: logger.child({
        request_id: requestId,
        trace_id: recorded ?? traceId,
        ...(parentSpanId !== undefined && { parent_span_id: parentSpanId }),
      }),
      notes: {},
    };
    contexts.set(res, context);
    res.setHeader('X-Request-Id', requestId);
    startDatabaseUse((database) => {
      const writeLine = startRequestLine({ req, res, ...context, database, hash });
      res.once('close', writeLine);
      next();
    });
  };
}

/** The id for a request: the one it brought when that is well-formed, else a new one. */
export function acceptRequestId(sent: unknown): string {
  return typeof sent === 'string' && WELL_FORMED_REQUEST_ID.test(sent) ? sent : uuidv7();
}

/**
 * The context that `requestContext` gave to a request.
 *
 * @throws Error when that stage did not run
 */
export function contextOf(res: ServerResponse): RequestContext {
  return notedContextOf(res);
}

/**
 * Adds to what the line of a request will say; what is noted twice counts as it was noted last.
 *
 * @throws Error when `requestContext` did not run
 */
export function note(res: ServerResponse, notes: Notes): void {
  Object.assign(notedContextOf(res).notes, notes);
}

/**
 * What has been noted of a request so far.
 *
 * @throws Error when `requestContext` did not run
 */
export function notesOf(res: ServerResponse): Notes {
  return notedContextOf(res).notes;
}

function notedContextOf(res: ServerResponse): NotedContext {
  const context = contexts.get(res);
  if (!context)
    throw new Error('the request has no context: requestContext must be the first stage');
  return context;
}
