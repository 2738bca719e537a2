import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { problems } from '../contract/problems.ts';
import type { ProblemDraft } from '../contract/types.ts';
import { acceptRequestId } from './request-id.ts';
import { securityFields } from './security-headers.ts';
import { problemDocument } from './send.ts';

interface BareAnswerOptions {
  /** The id that the request brought or was given, if there was one; it counts when it is well-formed. */
  readonly requestId?: unknown;
  /** Absent when the request could not be read as far as that. */
  readonly method?: string;
  /** Node's code for what went wrong, for the log. */
  readonly reason?: string | undefined;
  /** Further header fields. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether a line of the application's own tells of this answer. */
  readonly isTold?: boolean;
}

/** How long a client that has its answer may keep the connection, in milliseconds. */
const LINGER = 1_000;

const SECURITY = securityFields();

/**
 * Answers where the application cannot, since there is no request, only the connection, and closes that. The answer has
 * what every other has: an id, security headers, and one line in the log, with nothing in it of what was sent.
 *
 * @returns the status
 */
export function answerOn(
  socket: Duplex,
  draft: ProblemDraft,
  logger: Logger,
  { requestId: sent, method, reason, headers = {}, isTold = false }: BareAnswerOptions = {},
): number {
  const requestId = acceptRequestId(sent);
  const { status } = problems[draft.code];
  const body = JSON.stringify(problemDocument(draft, requestId));
  const fields = {
    'X-Request-Id': requestId,
    ...SECURITY,
    ...headers,
    'Content-Type': 'application/problem+json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    Date: new Date().toUTCString(),
    Connection: 'close',
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
  ignoreErrors(socket);
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...lines, ''].join('\r\n');
  closeConnection(socket, `${head}\r\n${body}`);
  if (!isTold) {
    logger.info({ request_id: requestId, method, status, problem: draft.code, reason }, 'request');
  }
  return status;
}

/**
 * Node takes its own listener for errors off a connection that it hands over, as with CONNECT. A client that then goes away
 * would end the process, and there is nobody to tell that it did.
 */
export function ignoreErrors(socket: Duplex): void {
  socket.on('error', () => undefined);
}

/**
 * Closes a connection once the client has closed its side, or has had the time to read the answer: to close it at once, with
 * bytes that nobody has read, would take the answer from the client (RFC 9112, section 9.6).
 *
 * @param text to be sent before
 */
export function closeConnection(socket: Duplex, text = ''): void {
  if (socket.destroyed) return;
  if (socket.writable) socket.end(text);
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), LINGER);
  socket.once('close', () => {
    clearTimeout(timer);
  });
}
