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
}

const SECURITY = securityFields();

/**
 * Answers where the application cannot, since there is no request, only the connection, and closes that. The answer has
 * what every other has: an id, security headers, and one line in the log, with nothing in it of what was sent.
 */
export function answerOn(
  socket: Duplex,
  draft: ProblemDraft,
  logger: Logger,
  { requestId: sent, method, reason, headers = {} }: BareAnswerOptions = {},
): void {
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
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...lines, '', body].join('\r\n'));
  logger.info({ request_id: requestId, method, status, problem: draft.code, reason }, 'request');
}
