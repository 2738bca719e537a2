import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** One answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  /** By lower-case name; a repeated header is joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** A connection to the server under test on which a test writes what no HTTP client would. */
export interface RawConnection {
  readonly socket: Socket;
  /** Sends text (as Latin-1, so that any byte can be written) or bytes. */
  write(data: string | Uint8Array): void;
  /** The next answer; rejects when the connection ends before it is complete. */
  answer(options?: { readonly withoutBody?: boolean }): Promise<RawAnswer>;
}

/**
 * Opens a connection. The caller destroys the socket; the server closes it on some errors.
 *
 * @param options `allowHalfOpen`: whether what the server closes stays open on this side
 */
export async function openConnection(
  url: string,
  options: { readonly allowHalfOpen?: boolean } = {},
): Promise<RawConnection> {
  const { hostname, port } = new URL(url);
  const socket = connect({ port: Number(port), host: hostname, ...options });
  // What arrives is kept, and an end before the answer is reported by `answer`.
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  let received = Buffer.alloc(0);
  let ended = false;
  let notify = (): void => undefined;
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    notify();
  });
  socket.on('close', () => {
    ended = true;
    notify();
  });
  const more = async () => {
    if (ended) throw new Error(`the connection ended after ${JSON.stringify(received.toString())}`);
    await new Promise<void>((resolve) => (notify = resolve));
  };

  return {
    socket,
    write: (data) =>
      void socket.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : data),
    async answer({ withoutBody = false } = {}) {
      let end;
      while ((end = received.indexOf('\r\n\r\n')) < 0) await more();
      const [statusLine, ...fields] = received.subarray(0, end).toString('latin1').split('\r\n');
      const headers: Record<string, string> = {};
      for (const field of fields) {
        const [, name, value] = /^([^:]+):\s*(.*)$/.exec(field) ?? [];
        const key = name!.toLowerCase();
        headers[key] = headers[key] === undefined ? value! : `${headers[key]}, ${value}`;
      }
      const length = withoutBody ? 0 : Number(headers['content-length'] ?? 0);
      while (received.length < end + 4 + length) await more();
      const text = received.subarray(end + 4, end + 4 + length).toString();
      received = received.subarray(end + 4 + length);
      return { status: Number(statusLine!.split(' ')[1]), headers, text };
    },
  };
}

/** Sends one request as it is written, and reads one answer. */
export async function sendRaw(
  url: string,
  request: string | Uint8Array,
  options?: { readonly withoutBody?: boolean },
): Promise<RawAnswer> {
  const connection = await openConnection(url);
  try {
    connection.write(request);
    return await connection.answer(options);
  } finally {
    connection.socket.destroy();
  }
}
