import { createServer } from 'node:http';
import { createClient, type Client } from '../support/client.ts';
import { listen } from '../support/listen.ts';
import { startTestServer } from '../support/server.ts';

/** Lets a client ask a server whose database refuses connections. */
export async function withoutDatabase(action: (anyone: Client) => Promise<void>): Promise<void> {
  // A port that was free a moment ago, and that nobody listens on.
  const { origin, close } = await listen(createServer());
  await close();
  const address = new URL(origin).host;
  const server = await startTestServer({
    DATABASE_URL: `postgres://nobody:secret@${address}/none`,
  });
  try {
    await action(createClient(server.url));
  } finally {
    await server.close();
  }
}
