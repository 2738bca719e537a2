import type { ServerResponse } from 'node:http';
import { finished, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** How long a client may take nothing of what there is for it, in milliseconds. */
const PATIENCE = 30_000;

/**
 * Waits until there is something to send, so that what goes wrong before can be answered as what it is.
 *
 * @throws what the stream failed with
 */
export function untilBegun(stream: Readable): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error | null) => {
      stop();
      stream.off('readable', settle);
      if (error) reject(error);
      else resolve();
    };
    const stop = finished(stream, settle);
    stream.on('readable', settle);
  });
}

/**
 * Writes a body of any length, as fast as the client takes it. The stream is closed in any case: when it
 * has come to its end, when it fails, when the client goes away or takes nothing for too long, and at once
 * for HEAD, which is answered without it.
 *
 * @param res the answer, with its head written
 * @throws what the stream failed with, or that the connection has closed; the connection is then broken
 *   off, so that no client takes a part for the whole
 */
export async function sendStream(
  res: ServerResponse,
  stream: Readable,
  patience = PATIENCE,
): Promise<void> {
  if (res.req.method === 'HEAD') {
    stream.destroy();
    res.end();
    return;
  }
  // With those of the request's own stages they are more than Node takes for a leak.
  res.setMaxListeners(0);
  res.setTimeout(patience, () => res.destroy());
  await pipeline(stream, res);
}
