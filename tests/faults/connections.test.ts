import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { expectUnavailable } from './answers.ts';
import { openSession, type Session } from './session.ts';
import { countOf, expectReplay, isReplay, post } from '../idempotency/posts.ts';
import { WRITES } from '../preconditions/writes.ts';
import { signedIn } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startGate, type Gate } from '../support/gate.ts';
import { createTask, tasksOf } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

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

let users = 0;

async function revisionOf(user: string): Promise<number> {
  const [row] = await session.query('SELECT revision::int FROM users WHERE user_id = $1', [user]);
  return row?.revision ?? 0;
}

/** How often the work of a request was sent to the database, by the text that only it sends. */
async function timesSent(text: string, request: () => Promise<unknown>): Promise<number> {
  const before = gate.sent(text);
  await request();
  return gate.sent(text) - before;
}

describe.each([
  ['getTask', (user: string, id: string) => `${tasksOf(user)}/${id}`],
  ['listTasks', (user: string) => tasksOf(user)],
  ['getUser', (user: string) => `/api/${user}`],
  ['exportUser', (user: string) => `/api/${user}/export`],
])('%s, when its connection is lost', (user, pathOf) => {
  test.each(['catchRequest', 'catchReply'] as const)(
    'once (%s), is sent once more and answered as if nothing had happened',
    async (how) => {
      const client = await signedIn(server.url, user);
      const path = pathOf(user, (await createTask(client, user)).id);
      let healthy;
      const once = await timesSent(user, async () => (healthy = await client('GET', path)));

      const caught = gate[how](user);
      const read = client('GET', path);
      await caught.held;
      caught.cut();
      const answer = await read;
      expect(answer.status).toBe(200);
      expect(answer.text).toBe(healthy!.text);
      expect(once).toBeGreaterThan(0);
    },
  );

  test('twice, is 503 with Retry-After, and is not sent a third time', async () => {
    const client = await signedIn(server.url, user);
    const path = pathOf(user, (await createTask(client, user)).id);
    const losses = [gate.catchReply(user), gate.catchReply(user)];
    const connections = gate.connections();
    const read = client('GET', path);
    for (const loss of losses) {
      await loss.held;
      loss.cut();
    }
    expectUnavailable(await read);
    expect(gate.connections() - connections).toBeLessThanOrEqual(2);
    expect((await client('GET', path)).status).toBe(200);
  });
});

describe.each([
  ...WRITES,
  [
    'createTask',
    (client: Parameters<(typeof WRITES)[0][1]>[0], path: string) =>
      client('POST', path.replace(/\/[^/]*$/, ''), { body: { title: 'a' } }),
  ] as const,
])('%s, when its connection is lost', (operation, write) => {
  test('after it was carried out, is 503 with Retry-After, and has happened once', async () => {
    const user = `${operation} done`;
    const client = await signedIn(server.url, user);
    const path = `${tasksOf(user)}/${(await createTask(client, user)).id}`;
    const reply = gate.catchReply(user);
    const request = write(client, path);
    await reply.held;
    // What is held may be the beginning of the reply only.
    while ((await revisionOf(user)) < 2);
    reply.cut();
    expectUnavailable(await request);
    expect(await revisionOf(user)).toBe(2);
    expect(await countOf(session, user)).toMatchObject({
      tasks: { createTask: 2, deleteTask: 0 }[operation] ?? 1,
    });
  });

  test('before it arrived, is 503 with Retry-After, and has not happened', async () => {
    const user = `${operation} undone`;
    const client = await signedIn(server.url, user);
    const path = `${tasksOf(user)}/${(await createTask(client, user)).id}`;
    const statement = gate.catchRequest(user);
    const request = write(client, path);
    await statement.held;
    statement.cut();
    expectUnavailable(await request);
    expect(await revisionOf(user)).toBe(1);
    // It can be made again.
    expect((await write(client, path)).status).toBeLessThan(300);
    expect(await revisionOf(user)).toBe(2);
  });

  test('but carries If-Match, can be made again and is told by the 412 that it had happened', async () => {
    if (operation === 'createTask' || operation === 'deleteTask') return;
    const user = `${operation} again`;
    const client = await signedIn(server.url, user);
    const path = `${tasksOf(user)}/${(await createTask(client, user)).id}`;
    const reply = gate.catchReply(user);
    const request = write(client, path, { 'If-Match': '"1"' });
    await reply.held;
    reply.cut();
    expectUnavailable(await request);
    expect((await write(client, path, { 'If-Match': '"1"' })).status).toBe(412);
    expect(await revisionOf(user)).toBe(2);
  });
});

test('deleteUser, when its connection is lost after COMMIT, is 503, and has happened once', async () => {
  const client = await signedIn(server.url, 'leaver');
  await createTask(client, 'leaver');
  const reply = gate.catchReply('COMMIT');
  const request = client('DELETE', '/api/leaver', { headers: { 'If-Match': '"1"' } });
  await reply.held;
  reply.cut();
  expectUnavailable(await request);
  expect(await revisionOf('leaver')).toBe(2);
  expect(await countOf(session, 'leaver')).toEqual({ tasks: 0, keys: 0 });
});

describe.each(['START TRANSACTION', 'take_key', 'insert_task', 'store_answer', 'COMMIT'])(
  'createTask with an Idempotency-Key, when its connection is lost at %s',
  (statement) => {
    test.each([
      ['before it arrived', 'catchRequest'],
      ['after it was carried out', 'catchReply'],
    ] as const)('%s, is sent again, and makes one task', async (_when, how) => {
      const user = `user of ${users++}`;
      const client = await signedIn(server.url, user);
      const caught = gate[how](statement);
      const request = post(client, user, 'key');
      await caught.held;
      caught.cut();
      const answer = await request;
      expect([answer.status, answer.headers.get('ETag')]).toEqual([201, '"1"']);
      // What the first attempt had committed, the second one found.
      expect(isReplay(answer)).toBe(statement === 'COMMIT' && how === 'catchReply');
      expect(await countOf(session, user)).toEqual({ tasks: 1, keys: 1 });
      expect((await post(client, user, 'key')).text).toBe(answer.text);
    });
  },
);

test('createTask with an Idempotency-Key, when its connection is lost twice, is 503, and can be sent again', async () => {
  const client = await signedIn(server.url, 'unlucky');
  const losses = [gate.catchReply('insert_task'), gate.catchReply('insert_task')];
  const request = post(client, 'unlucky', 'key');
  for (const loss of losses) {
    await loss.held;
    loss.cut();
  }
  expectUnavailable(await request);
  const first = await post(client, 'unlucky', 'key');
  expectReplay(first, await post(client, 'unlucky', 'key'));
  expect(await countOf(session, 'unlucky')).toEqual({ tasks: 1, keys: 1 });
});
