import { createServer } from 'node:net';
import { isErrno } from './secret.ts';

/** Asks the system for a TCP port that nobody listens on. Somebody else may still take it before it is used. */
export async function findFreePort(host = '127.0.0.1'): Promise<number> {
  const port = await tryToListen(0, host);
  if (port === undefined) throw new Error(`No free port on ${host}.`);
  return port;
}

/**
 * Whether a server could listen there now.
 *
 * @throws the system's error when the reason is not that the port is taken: no right to a port below 1024, no such host.
 */
export async function isPortFree(port: number, host: string): Promise<boolean> {
  return (await tryToListen(port, host)) !== undefined;
}

async function tryToListen(port: number, host: string): Promise<number | undefined> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, host, exclusive: true }, resolve);
    });
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : undefined;
  } catch (error) {
    if (isErrno(error, 'EADDRINUSE')) return undefined;
    throw error;
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}
