import { createServer, STATUS_CODES, type RequestListener, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { v7 as uuidv7 } from 'uuid';
import { problems } from '../contract/problems.ts';
import type { ProblemCode } from '../contract/types.ts';
import { problemDocument } from './send.ts';

/** How long a client may take to send its headers, and the whole request, in milliseconds. */
const HEADERS_TIMEOUT = 10_000;
const REQUEST_TIMEOUT = 30_000;

/** A server for the application, not yet listening, that answers with a problem even what is not HTTP. */
export function createHttpServer(app: RequestListener): Server {
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT,
      requestTimeout: REQUEST_TIMEOUT,
      // How often the two are looked at.
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: 65_000, // Longer than the minute that balancers commonly keep a connection.
    },
    app,
  );
  // An expectation other than 100-continue may be ignored (RFC 9110, section 10.1.1).
  server.on('checkExpectation', app);
  server.on('clientError', answerClientError);
  return server;
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
