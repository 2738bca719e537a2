import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { createWebSocketStream, WebSocketServer } from 'ws';

/** A WebSocket proxy as Neon has one in front of its databases. */
export interface WsProxy {
  /** For `DATABASE_WS_PROXY`. */
  readonly url: string;
  /** How many connections somebody has tried to make. */
  connections(): number;
  close(): Promise<void>;
}

/**
 * Starts a proxy that leads each WebSocket to the address on this machine that it asks for. What breaks on one side breaks on
 * the other. The caller closes it.
 */
export async function startWsProxy(): Promise<WsProxy> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  let connections = 0;
  server.on('connection', (socket, request) => {
    connections += 1;
    const address = new URL(request.url ?? '', 'ws://proxy.test').searchParams.get('address');
    const [host = '', port] = address?.split(':') ?? [];
    const downstream = createWebSocketStream(socket);
    const upstream = connect(Number(port), host);
    downstream.on('error', () => upstream.destroy());
    // Not with a close frame: the connection is not at its end, it is gone.
    upstream.on('error', () => socket.terminate());
    upstream.on('close', (hadError) => (hadError ? socket.terminate() : socket.close()));
    downstream.on('close', () => upstream.destroySoon());
    downstream.pipe(upstream);
    upstream.pipe(downstream);
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}/v1`,
    connections: () => connections,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of server.clients) socket.terminate();
      await closed;
    },
  };
}
