import { once } from 'node:events';
import { createConnection } from 'node:net';

/** An answer, as far as the load looks at it. */
export interface Reply {
  readonly status: number;
  /** The header section as it came, with the status line. */
  readonly head: string;
  readonly body: Buffer;
}

/** One kept-alive connection to a server, for one request at a time. */
export interface Connection {
  /**
   * Sends one whole request and waits for its answer.
   *
   * @param request the bytes of it, as text of one byte a character
   * @throws Error when the connection ends before the answer has
   */
  send(request: string): Promise<Reply>;
  close(): void;
}

/**
 * Connects to a server on 127.0.0.1.
 *
 * It speaks the little HTTP/1.1 that the measured servers answer with: a head, and a body whose length the head says. A
 * whole client (node:http, fetch) takes more processor time a request than the servers do, of the one processor that load
 * and database share, and so would be what is measured.
 */
export async function connect(port: number): Promise<Connection> {
  const socket = createConnection({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  let received: Buffer = Buffer.alloc(0);
  let waiting: PromiseWithResolvers<Reply> | undefined;
  let failure: Error | undefined;

  const fail = (error: Error): void => {
    failure ??= error;
    waiting?.reject(failure);
    socket.destroy();
  };
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('The server has closed the connection.')));
  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    try {
      const reply = parseReply(received);
      if (!reply) return;
      received = Buffer.alloc(0);
      waiting?.resolve(reply);
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)));
    }
  });

  return {
    send(request) {
      if (failure) return Promise.reject(failure);
      waiting = Promise.withResolvers();
      socket.write(request, 'latin1');
      return waiting.promise;
    },
    close: () => void socket.destroy(),
  };
}

const END_OF_HEAD = Buffer.from('\r\n\r\n');

/** @returns `undefined` as long as some of it is missing */
function parseReply(bytes: Buffer): Reply | undefined {
  const headLength = bytes.indexOf(END_OF_HEAD);
  if (headLength === -1) return undefined;
  const head = bytes.toString('latin1', 0, headLength);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  const status = Number(head.slice(9, 12));
  if (length === undefined && status !== 204 && status !== 304) {
    throw new Error(`The answer does not say how long it is:\n${head}`);
  }
  const start = headLength + END_OF_HEAD.length;
  const end = start + Number(length ?? 0);
  if (bytes.length < end) return undefined;
  return { status, head, body: bytes.subarray(start, end) };
}
