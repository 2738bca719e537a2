import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { expectUnavailable } from '../faults/answers.ts';
import { openSession, type Session } from '../faults/session.ts';
import { countOf } from '../idempotency/posts.ts';
import { signedIn } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startGate, type Gate } from '../support/gate.ts';
import { tasksOf } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { startWsProxy, type WsProxy } from '../support/ws-proxy.ts';

let database: TestDatabase;
let session: Session;
let proxy: WsProxy;
let gate: Gate;
let server: TestServer | undefined;
beforeAll(async () => {
  database = await createTestDatabase();
  session = await openSession(database.url);
  proxy = await startWsProxy();
});
beforeEach(async () => {
  gate = await startGate(database.url, 'direct');
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  await gate.close();
});
afterAll(async () => {
  await proxy.close();
  await session.end();
  await database.drop();
});

describe.each(['tcp', 'neon'] as const)('with %s, a database that sleeps', (driver) => {
  const start = (url: string) =>
    startTestServer({
      DATABASE_URL: url,
      DATABASE_DRIVER: driver,
      DATABASE_WS_PROXY: proxy.url,
      DATABASE_SLEEPS: 'on',
      DATABASE_POOLER: 'off',
    });

  test('and refuses, then delays, then accepts is waited for, and the first request is carried out once', async () => {
    server = await start(gate.url);
    const client = await signedIn(server.url, driver);
    gate.open();
    gate.refuse(3);
    // Every connection begins by naming its database.
    const name = new URL(database.url).pathname.slice(1);
    const delayed = gate.catchReply(name);
    const first = client('POST', tasksOf(driver), { body: { title: 'a' } });
    await delayed.held;
    expect(gate.connections()).toBe(4);
    delayed.release();
    expect((await first).status).toBe(201);
    expect(gate.connections()).toBe(4);
    expect((await countOf(session, driver)).tasks).toBe(1);
  });

  test('and does not wake is 503 with Retry-After at the deadline of a connection, and is not given a second one', async () => {
    server = await start(gate.url);
    const client = await signedIn(server.url, 'eve');
    expectUnavailable(await client('GET', tasksOf('eve')));
    expect(gate.connections()).toBeGreaterThan(2);
    expect(server.logged().flatMap(({ err }) => err?.cause?.type ?? err?.type ?? [])).toEqual([
      'DatabaseDeadlineError',
    ]);
    gate.open();
    expect((await client('GET', tasksOf('eve'))).status).toBe(200);
  });

  test('is not tried again when it says that it does not exist', async () => {
    const missing = new URL(gate.url);
    missing.pathname = '/missing';
    server = await start(missing.href);
    gate.open();
    expectUnavailable(await (await signedIn(server.url, 'eve'))('GET', tasksOf('eve')));
    // Each request makes one attempt more when nothing was sent; that is all.
    expect(gate.connections()).toBeLessThanOrEqual(2);
  });
});
