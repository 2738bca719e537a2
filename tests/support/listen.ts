import { once } from 'node:events';
import type { Server } from 'node:http';

/**
 * Lets `server` listen on a free port of the loopback interface.
 *
 * @returns its origin, such as `http://127.0.0.1:40123`, and a function that stops it and drops its open connections
 */
export async function listen(
  server: Server,
): Promise<{ readonly origin: string; readonly close: () => Promise<void> }> {
  // Node would close a connection after five idle seconds, which on a busy machine may be just when it is used again.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return {
    origin: `http://127.0.0.1:${String(address.port)}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
