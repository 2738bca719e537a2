import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { Server as NetServer } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import type { ProblemDraft } from '../contract/types.ts';
import { answerOn, closeConnection, ignoreErrors } from './bare-answer.ts';
import { note } from './context.ts';
import { expressClasses } from './express-classes.ts';
import { fieldsOf } from './fields.ts';
import { originForm } from './routes.ts';
import type { TurnAway } from './turn-away.ts';

/** How long a client may take to send its headers, and the whole request, in milliseconds. */
const HEADERS_TIMEOUT = 10_000;
const REQUEST_TIMEOUT = 30_000;

/** How many requests may come behind what ends a connection before that is broken off, with what it still waits for. */
const MAX_IGNORED = 100;

/** A server that can be stopped without breaking a request off. */
export interface HttpServer {
  /** Not yet listening. */
  readonly server: Server;
  /**
   * Stops listening, and waits for the requests in progress. Each connection is closed with its last answer.
   *
   * @param timeout how long at most, in milliseconds; then they are broken off
   */
  readonly drain: (timeout: number) => Promise<void>;
}

/**
 * A server for the application that answers with a problem even what is not HTTP.
 *
 * @param logger for the lines of answers that the application does not give
 * @param turnAway refuses what is too much; nothing is, unless given
 */
export function createHttpServer(
  app: RequestListener,
  logger: Logger,
  turnAway?: TurnAway,
): HttpServer {
  const server = createServer({
    ...expressClasses(app),
    headersTimeout: HEADERS_TIMEOUT,
    requestTimeout: REQUEST_TIMEOUT,
    // How often the two are looked at.
    connectionsCheckingInterval: 1_000,
    keepAliveTimeout: 65_000, // Longer than the minute that balancers commonly keep a connection.
    // A request that announces no body has none, and nobody reads it (`readBody`).
    optimizeEmptyRequests: true,
    requireHostHeader: false, // Node would answer without a body; `requireWellFormed` answers a problem.
  });
  // What is in progress on each connection, a list of its own for each: a set of all of it would be rebuilt every few requests,
  // and each of its former forms can keep the next one alive, with all that was in it, until old memory is collected.
  const connections = new Map<Duplex, ServerResponse[]>();
  server.on('connection', (socket) => {
    connections.set(socket, []);
    socket.once('close', () => connections.delete(socket));
  });
  const ignored = new WeakMap<Duplex, number>();
  /** Node keeps what belongs to each for as long as the connection waits for an answer before it. */
  const ignore = (req: IncomingMessage) => {
    const count = (ignored.get(req.socket) ?? 0) + 1;
    ignored.set(req.socket, count);
    if (count > MAX_IGNORED) req.socket.destroy();
    else req.resume();
  };
  const serve: RequestListener = (req, res) => {
    const inProgress = connections.get(req.socket);
    // It would be done, and nobody told: the connection ends with an answer before it, or has ended.
    if (!req.socket.writable || inProgress?.some(({ shouldKeepAlive }) => !shouldKeepAlive)) {
      ignore(req);
      return;
    }
    if (!server.listening || asksForUpgrade(req)) res.shouldKeepAlive = false;
    req.url = originForm(req.url ?? '/');
    inProgress?.push(res);
    res.on('close', () => inProgress?.splice(inProgress.indexOf(res), 1));
    if (!turnAway?.refuse(req, res)) app(req, res);
  };
  if (turnAway) server.on('listening', turnAway.start).on('close', turnAway.stop);
  server.on('request', serve);
  // Node would ask for the body at once; `readBody` does when it is wanted.
  server.on('checkContinue', serve);
  // An expectation other than 100-continue may be ignored (RFC 9110, section 10.1.1).
  server.on('checkExpectation', serve);
  const requestOn = (socket: Duplex) =>
    connections.get(socket)?.find((res) => res.socket === socket);
  const lastWhole = (socket: Duplex) =>
    connections.get(socket)?.findLast(({ req }) => req.complete);
  const ending = new WeakSet<ServerResponse>();
  /** Ends a connection with that answer, also when it has begun, and so may have said that the connection goes on. */
  const endBehind = (answer: ServerResponse | undefined, socket: Duplex) => {
    if (!answer || ending.has(answer)) return;
    ending.add(answer);
    answer.shouldKeepAlive = false;
    answer.once('close', () => {
      // One that fails need not have had its turn: others may be before it.
      const before = lastWhole(socket);
      if (before) endBehind(before, socket);
      else closeConnection(socket);
    });
  };
  server.on('clientError', (error, socket) => {
    const reason = 'code' in error ? String(error.code) : undefined;
    const isGone = reason === 'ECONNRESET';
    const busy = requestOn(socket);
    // What came behind a whole request must not be answered in its place; then the connection ends.
    if (busy?.req.complete && !isGone) endBehind(lastWhole(socket), socket);
    else if (isGone || !socket.writable || busy?.headersSent) socket.destroy();
    else {
      const problem = clientProblem(reason);
      const requestId = busy && fieldsOf(busy)['X-Request-Id'];
      const isTold = busy?.noted !== undefined;
      const headers = busy ? clientFields(busy) : {};
      const status = answerOn(socket, problem, logger, { requestId, reason, headers, isTold });
      if (isTold) note(busy, { status, problem: problem.code, reason });
    }
  });
  server.on('connect', ({ headers }, socket) => {
    const busy = requestOn(socket);
    if (busy) {
      // As above. Node has let go of this connection, so closing it is left to us, and so is what it does for an answer on it.
      ignoreErrors(socket);
      socket.on('drain', () => requestOn(socket)?.emit('drain'));
      socket.on('timeout', () => requestOn(socket)?.emit('timeout', socket));
      endBehind(lastWhole(socket), socket);
      return;
    }
    const problem = { code: 'method_not_allowed', detail: 'This server is no proxy.' } as const;
    const requestId = headers['x-request-id'];
    answerOn(socket, problem, logger, { requestId, method: 'CONNECT', headers: { Allow: '' } });
  });

  return {
    server,
    async drain(timeout) {
      const closed = once(server, 'close');
      // Not that of HTTP, which breaks off what has been written but not yet sent.
      NetServer.prototype.close.call(server);
      for (const [socket, inProgress] of connections) {
        if (inProgress.length === 0) closeConnection(socket);
        // Not with the first of several: it would cut the others off.
        endBehind(inProgress.at(-1), socket);
      }
      const timer = setTimeout(() => {
        // Node's own list has none of those that it has let go of.
        for (const socket of connections.keys()) socket.destroy();
      }, timeout);
      await closed;
      clearTimeout(timer);
    },
  };
}

/**
 * Whether a request asks for another protocol. Node then reads nothing of what has come in the same packet behind it, so that the
 * answer to what comes next would be taken for another one's.
 */
function asksForUpgrade({ headers }: IncomingMessage): boolean {
  return headers.upgrade !== undefined && /\bupgrade\b/i.test(headers.connection ?? '');
}

/** What the stages have set by then for any answer: what is left of the limit, and that a page may read it. */
function clientFields(res: ServerResponse): Record<string, string> {
  const fields = Object.entries(fieldsOf(res));
  return Object.fromEntries(
    fields.filter(([name]) => /^(RateLimit|Access-Control-|Vary$)/.test(name)),
  );
}

function clientProblem(code: string | undefined): ProblemDraft {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return {
        code: 'header_fields_too_large',
        detail: 'The URL and the header fields together are larger than 16384 bytes.',
      };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { code: 'request_timeout', detail: 'The request did not arrive in time.' };
    default:
      return { code: 'malformed_request', detail: 'The request is not valid HTTP/1.1.' };
  }
}
