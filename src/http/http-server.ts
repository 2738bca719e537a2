import { once } from 'node:events';
import {
  createServer,
  STATUS_CODES,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { v7 as uuidv7 } from 'uuid';
import { problems } from '../contract/problems.ts';
import type { ProblemCode } from '../contract/types.ts';
import { problemDocument } from './send.ts';

/** How long a client may take to send its headers, and the whole request, in milliseconds. */
const HEADERS_TIMEOUT = 10_000;
const REQUEST_TIMEOUT = 30_000;

/** A server that can be stopped without breaking a request off. */
export interface HttpServer {
  /** Not yet listening. */
  readonly server: Server;
  /**
   * Stops listening, and waits for the requests in progress. Each connection is closed with its answer.
   *
   * @param timeout how long at most, in milliseconds; then they are broken off
   */
  readonly drain: (timeout: number) => Promise<void>;
}

/** A server for the application that answers with a problem even what is not HTTP. */
export function createHttpServer(app: RequestListener): HttpServer {
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT,
      requestTimeout: REQUEST_TIMEOUT,
      // How often the two are looked at.
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: 65_000, // Longer than the minute that balancers commonly keep a connection.
      requireHostHeader: false, // Node would answer without a body; `requireHost` answers a problem.
    },
    app,
  );
  const connections = new Set<Socket>();
  server.on('connection', (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  const inProgress = new Set<ServerResponse>();
  server.prependListener('request', (_req, res) => {
    inProgress.add(res);
    res.once('close', () => inProgress.delete(res));
    if (!server.listening) res.shouldKeepAlive = false;
  });
  // An expectation other than 100-continue may be ignored (RFC 9110, section 10.1.1).
  server.on('checkExpectation', app);
  server.on('clientError', answerClientError);

  return {
    server,
    async drain(timeout) {
      const closed = once(server, 'close');
      server.close();
      // Node would wait for connections on which there has never been a request, too.
      const busy = new Set(Array.from(inProgress, (res) => res.socket));
      for (const socket of connections) if (!busy.has(socket)) socket.destroy();
      for (const res of inProgress) res.shouldKeepAlive = false;
      const timer = setTimeout(() => {
        server.closeAllConnections();
      }, timeout);
      await closed;
      clearTimeout(timer);
    },
  };
}

/** Answers what Node could not read as a request; there is no request object, only the connection. */
function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const requestId = uuidv7();
  const { code, detail } = clientProblem(error.code);
  const { status } = problems[code];
  const body = JSON.stringify(problemDocument({ code, detail }, requestId));
  socket.end(
    [
      `HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ''}`,
      'Content-Type: application/problem+json; charset=utf-8',
      `Content-Length: ${String(Buffer.byteLength(body))}`,
      `X-Request-Id: ${requestId}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}

function clientProblem(errorCode: string | undefined): { code: ProblemCode; detail: string } {
  switch (errorCode) {
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
