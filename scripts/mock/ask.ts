import { request as sendRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** A request to Prism. */
export interface Question {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** As JSON; there is none when it is undefined. */
  readonly body: unknown;
}

/** Prism's answer, whole. */
export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Of a header section, in bytes, so that Prism and its front can tell each other all that clients and servers have sent. */
export const HEADER_SIZE = 65_536;

/**
 * Asks Prism.
 *
 * @throws Error when Prism breaks the connection off, because it could not answer
 */
export function ask(prismUrl: string, { method, path, headers, body }: Question): Promise<Reply> {
  const { hostname, port } = new URL(prismUrl);
  return new Promise((resolve, reject) => {
    const outgoing = sendRequest({
      hostname,
      port,
      method,
      path,
      headers: { ...headers, connection: 'close' },
      maxHeaderSize: HEADER_SIZE,
    });
    outgoing.on('error', reject);
    outgoing.on('response', (incoming: IncomingMessage) => {
      buffer(incoming).then((bytes) => resolve(replyOf(incoming, bytes)), reject);
    });
    outgoing.end(body === undefined ? '' : JSON.stringify(body));
  });
}

function replyOf({ statusCode = 500, headers }: IncomingMessage, body: Buffer): Reply {
  const {
    connection: _connection,
    'keep-alive': _keepAlive,
    'transfer-encoding': _coding,
    'content-length': _length,
    ...kept
  } = headers;
  return { status: statusCode, headers: kept, body };
}
