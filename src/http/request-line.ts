import type { IncomingMessage, ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { AuthenticationError } from '../auth/errors.ts';
import type { OperationId, ProblemCode } from '../contract/types.ts';
import { reportDatabaseUse, type DatabaseUse } from '../telemetry/statements.ts';
import type { OverloadReason } from './overload.ts';

/** What the stages of a request know of it, for its line in the log. */
export interface Notes {
  /** Absent for paths and methods that the contract does not have. */
  readonly operation?: OperationId;
  /** The token's subject; it is logged as a keyed hash. */
  readonly user?: string;
  /** The problem that is the answer. */
  readonly problem?: ProblemCode;
  /** What was thrown; logged with answers of 500 and more. */
  readonly cause?: unknown;
  /** The answer's, when it was given on the connection itself because the request stopped being HTTP. */
  readonly status?: number;
  /** Why the request could not be authenticated, also when the answer is that this happened too often. */
  readonly unauthenticated?: AuthenticationError;
  /** Node's code for what went wrong then. */
  readonly reason?: string | undefined;
  /** What there was too much work for when the request was refused for that. Then nothing has failed, and no time was spent. */
  readonly overload?: OverloadReason;
}

interface LineOptions {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly logger: Logger;
  /** Of the request and of its trace, under the names that they have in the log. */
  readonly ids: Readonly<Record<string, string>>;
  /** Read at the end. */
  readonly notes: Notes;
  readonly database: DatabaseUse;
  /** The keyed hash of a user. */
  readonly hash: (subject: string) => string;
}

/** From how many milliseconds on a request is slow, and its line says where the time went. */
const SLOW = 200;

/** How many bytes of a connection the lines of its earlier requests have told. */
const told = new WeakMap<Socket, { in: number; out: number }>();

/** How old a look at the event loop may be for a request to begin with it, in milliseconds. To look costs half a microsecond. */
const RECENT = 25;

let loop = performance.eventLoopUtilization();
let loopAt = performance.now();

/** The event loop as it was a moment ago. */
function recentLoop() {
  const now = performance.now();
  if (now - loopAt > RECENT) {
    loop = performance.eventLoopUtilization();
    loopAt = now;
  }
  return loop;
}

/**
 * Begins to measure a request.
 *
 * @returns writes its line, once the answer has been sent or the connection is gone
 */
export function startRequestLine(options: LineOptions): () => void {
  const { req, res, logger, ids, notes, database, hash } = options;
  const { socket } = req;
  const startedAt = performance.now();
  const loopAtStart = recentLoop();
  let bodyAt: number | undefined;
  if (hasBody(req)) req.once('end', () => (bodyAt = performance.now()));

  return () => {
    const duration = performance.now() - startedAt;
    const status = notes.status ?? (res.headersSent ? res.statusCode : undefined);
    const isSlow = duration > SLOW;
    const isFailure = (status ?? 0) >= 500 && notes.overload === undefined;
    const line = {
      ...ids,
      operation: notes.operation,
      method: req.method,
      // None was sent when the client left before.
      status,
      duration_ms: round(duration),
      user: notes.user === undefined ? undefined : hash(notes.user),
      ...bytes(socket),
      ...(!res.writableFinished && { aborted: true }),
      problem: notes.problem,
      reason: authenticationError(notes)?.reason ?? notes.overload ?? notes.reason,
      ...(isSlow && { slow: true }),
      ...((isSlow || isFailure) && {
        database: reportDatabaseUse(database),
        body_ms: bodyAt === undefined ? undefined : round(bodyAt - startedAt),
        // Near 1 the process itself was too busy.
        event_loop: round(performance.eventLoopUtilization(loopAtStart).utilization, 100),
      }),
      ...(isFailure && { err: notes.cause }),
    };
    if (isFailure) logger.error(line, 'request');
    else if (isSlow || notes.overload !== undefined) logger.warn(line, 'request');
    else logger.info(line, 'request');
  };
}

function authenticationError({ unauthenticated, cause }: Notes): AuthenticationError | undefined {
  return unauthenticated ?? (cause instanceof AuthenticationError ? cause : undefined);
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || headers['content-length'] !== undefined;
}

/**
 * What has gone over the connection since its last line, headers included. It belongs to this request unless the client
 * has sent the next one early; nothing is counted twice.
 */
function bytes(socket: Socket): { bytes_in: number; bytes_out: number } {
  let before = told.get(socket);
  if (!before) told.set(socket, (before = { in: 0, out: 0 }));
  const { bytesRead, bytesWritten } = socket;
  const bytes = { bytes_in: bytesRead - before.in, bytes_out: bytesWritten - before.out };
  before.in = bytesRead;
  before.out = bytesWritten;
  return bytes;
}

/** Takes what has gone over the connection for told, for a request that has no line. */
export function leaveBytesOut(socket: Socket): void {
  bytes(socket);
}

function round(value: number, factor = 10): number {
  return Math.round(value * factor) / factor;
}
