import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openSession, type Session } from './session.ts';
import { countOf } from '../idempotency/posts.ts';
import { signedIn } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startGate, type Gate } from '../support/gate.ts';
import { openConnection } from '../support/raw.ts';
import { createTask, MERGE_PATCH, tasksOf } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signToken } from '../support/tokens.ts';

let database: TestDatabase;
let gate: Gate;
let server: TestServer;
let session: Session;
beforeAll(async () => {
  database = await createTestDatabase();
  gate = await startGate(database.url);
  gate.open();
  server = await startTestServer({ DATABASE_URL: gate.url });
  session = await openSession(database.url);
});
afterAll(async () => {
  await session.end();
  await server.close();
  await gate.close();
  await database.drop();
});

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends a request on a connection on which each byte of the answer can be seen. */
async function send(user: string, { method, path, body, headers }: Sent) {
  const connection = await openConnection(server.url);
  const payload = body === undefined ? '' : JSON.stringify(body);
  const fields = {
    Host: 'localhost',
    Authorization: `Bearer ${await signToken({ sub: user })}`,
    ...(body !== undefined && { 'Content-Type': 'application/json' }),
    'Content-Length': String(payload.length),
    ...headers,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  connection.write(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${payload}`);
  return connection;
}

const single: [string, (path: string) => Sent][] = [
  ['createTask', () => ({ method: 'POST', path: tasksOf('createTask'), body: { title: 'a' } })],
  [
    'replaceTask',
    (path) => ({ method: 'PUT', path, body: { title: 'a', description: null, completed: true } }),
  ],
  ['updateTask', (path) => ({ method: 'PATCH', path, body: { title: 'a' }, headers: MERGE_PATCH })],
  [
    'setTaskCompletion',
    (path) => ({ method: 'PATCH', path: `${path}/complete`, body: { completed: true } }),
  ],
  ['deleteTask', (path) => ({ method: 'DELETE', path })],
];

describe('not a byte of an answer is sent before the database has confirmed the write:', () => {
  /** Holds the confirmation, looks at the client's connection, and lets the confirmation go. */
  async function expectSilenceUntilConfirmed(text: string, user: string, request: Sent) {
    for (const how of ['catchRequest', 'catchReply'] as const) {
      const caught = gate[how](text);
      const connection = await send(user, request);
      await caught.held;
      // The server is awake: what it had to say before, it has said.
      const other = await signedIn(server.url, user);
      expect((await other('GET', tasksOf(user))).status).toBe(200);
      expect(connection.socket.bytesRead).toBe(0);
      caught.release();
      const { status } = await connection.answer({ withoutBody: true });
      expect(status).toBeLessThan(300);
      connection.socket.destroy();
      if (request.method === 'DELETE') return;
    }
  }

  test.each(single)('%s, one statement that is its own transaction', async (user, requestOf) => {
    const client = await signedIn(server.url, user);
    const { id } = await createTask(client, user);
    await expectSilenceUntilConfirmed(user, user, requestOf(`${tasksOf(user)}/${id}`));
  });

  test('createTask with an Idempotency-Key, at its COMMIT', async () => {
    const request = { method: 'POST', path: tasksOf('keyed'), body: { title: 'a' } };
    const connection = { ...request, headers: { 'Idempotency-Key': 'a' } };
    const commit = gate.catchRequest('COMMIT');
    const first = await send('keyed', connection);
    await commit.held;
    // Everything is done but the COMMIT, so nobody else sees any of it, and the client nothing at all.
    expect(await countOf(session, 'keyed')).toEqual({ tasks: 0, keys: 0 });
    const other = await signedIn(server.url, 'keyed');
    expect((await other('GET', tasksOf('keyed'))).body.items).toEqual([]);
    expect(first.socket.bytesRead).toBe(0);
    commit.release();
    expect((await first.answer()).status).toBe(201);
    first.socket.destroy();
    expect(await countOf(session, 'keyed')).toEqual({ tasks: 1, keys: 1 });
    await expectSilenceUntilConfirmed('COMMIT', 'keyed', {
      ...request,
      headers: { 'Idempotency-Key': 'b' },
    });
  });

  test('deleteUser, at its COMMIT', async () => {
    const client = await signedIn(server.url, 'leaver');
    await createTask(client, 'leaver');
    const commit = gate.catchReply('COMMIT');
    const headers = { 'If-Match': '*' };
    const connection = await send('leaver', { method: 'DELETE', path: '/api/leaver', headers });
    await commit.held;
    expect((await client('GET', '/livez')).status).toBe(200);
    expect(connection.socket.bytesRead).toBe(0);
    commit.release();
    expect((await connection.answer({ withoutBody: true })).status).toBe(204);
    connection.socket.destroy();
  });
});
