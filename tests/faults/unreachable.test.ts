import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { expectUnavailable } from './answers.ts';
import { openSession, type Session } from './session.ts';
import { countOf, post } from '../idempotency/posts.ts';
import { signedIn, type Client } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startGate, type Gate } from '../support/gate.ts';
import { createTask, tasksOf } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let database: TestDatabase;
let session: Session;
let gate: Gate;
let server: TestServer;
let client: Client;
let user: string;
let users = 0;
beforeAll(async () => {
  database = await createTestDatabase();
  session = await openSession(database.url);
});
// Each test has a server that has made no connection yet.
beforeEach(async () => {
  gate = await startGate(database.url);
  server = await startTestServer({ DATABASE_URL: gate.url });
  user = `user ${(users += 1)}`;
  client = await signedIn(server.url, user);
});
afterEach(async () => {
  await server.close();
  await gate.close();
});
afterAll(async () => {
  await session.end();
  await database.drop();
});

const count = () => countOf(session, user);

describe('when a connection cannot be made', () => {
  test.each([
    ['a write', {}],
    ['a write with an Idempotency-Key', { 'Idempotency-Key': 'key' }],
  ])('%s is tried once more, as nothing was sent, and succeeds', async (_name, headers) => {
    gate.open();
    gate.refuse(1);
    const answer = await client('POST', tasksOf(user), { body: { title: 'a' }, headers });
    expect([answer.status, answer.headers.get('ETag')]).toEqual([201, '"1"']);
    expect((await count()).tasks).toBe(1);
  });

  test.each([
    ['a write', () => createAny()],
    ['a write with an Idempotency-Key', () => post(client, user, 'key')],
    ['a read', () => client('GET', tasksOf(user))],
  ])('twice, %s is 503 with Retry-After after two attempts', async (_name, request) => {
    expectUnavailable(await request());
    expect(gate.connections()).toBe(2);
    gate.open();
    expect(await count()).toEqual({ tasks: 0, keys: 0 });
    expect((await request()).status).toBeLessThan(300);
  });

  test('because nobody listens there, a write is 503 with Retry-After', async () => {
    await gate.close();
    expectUnavailable(await createAny());
    gate = await startGate(database.url);
  });

  test('a crowd of requests is 503, more than there are connections, and all succeed once it is back', async () => {
    const crowd = () =>
      Array.from({ length: 30 }, (_, index) =>
        index % 2 ? createAny() : client('GET', tasksOf(user)),
      );
    gate.fallSilent();
    const refused = crowd();
    // The pool of the server: the others wait for one of these.
    while (gate.connections() < 5) expect((await client('GET', '/livez')).status).toBe(200);
    gate.shut();
    for (const answer of await Promise.all(refused)) expectUnavailable(answer);
    gate.open();
    for (const { status } of await Promise.all(crowd())) expect(status).toBeLessThan(300);
    expect((await count()).tasks).toBe(15);
  });

  test('what needs no database is answered, and what is invalid is refused as ever', async () => {
    expect((await client('GET', '/livez')).status).toBe(200);
    expect((await client('POST', tasksOf(user), { body: {} })).status).toBe(400);
    expect((await client('GET', tasksOf('eve'))).status).toBe(403);
    expect((await client('GET', '/readyz')).status).toBe(503);
  });
});

describe('when idle connections have been broken', () => {
  /** Fills the pool, and breaks all of it. */
  async function breakIdle(): Promise<void> {
    gate.open();
    await createTask(client, user);
    await Promise.all(Array.from({ length: 5 }, () => client('GET', tasksOf(user))));
    gate.shut();
    gate.open();
  }

  test('a read succeeds at once', async () => {
    for (let round = 0; round < 5; round += 1) {
      await breakIdle();
      expect((await client('GET', tasksOf(user))).status).toBe(200);
    }
  });

  test('a write succeeds, or is 503 and can be made again; it never happens twice', async () => {
    for (let round = 0; round < 5; round += 1) {
      await breakIdle();
      const before = (await count()).tasks;
      const answer = await createAny();
      if (answer.status !== 201) expectUnavailable(answer);
      expect((await count()).tasks - before).toBe(answer.status === 201 ? 1 : 0);
      // Each of the other four may be broken without having been noticed yet.
      let again = await createAny();
      for (let left = 4; left > 0 && again.status !== 201; left -= 1) {
        expectUnavailable(again);
        again = await createAny();
      }
      expect(again.status).toBe(201);
      // What was refused was not done, and what was done was done once.
      const done = [answer, again].filter(({ status }) => status === 201).length;
      expect((await count()).tasks - before).toBe(done);
    }
  });

  test('a write with an Idempotency-Key succeeds', async () => {
    for (let round = 0; round < 5; round += 1) {
      await breakIdle();
      const before = (await count()).tasks;
      expect((await post(client, user, `key-${round}`)).status).toBe(201);
      expect((await count()).tasks - before).toBe(1);
    }
  });
});

test('a crowd of requests whose connections break is answered, each of them, and none is 500', async () => {
  gate.open();
  await createTask(client, user);
  const caught = gate.catchReply(user);
  const requests = Array.from({ length: 40 }, (_, index) =>
    index % 2 ? createAny() : client('GET', tasksOf(user)),
  );
  await caught.held;
  gate.shut();
  gate.open();
  const answers = await Promise.all(requests);
  for (const answer of answers) if (answer.status >= 300) expectUnavailable(answer);
  const made = answers.filter(({ status }) => status === 201).length;
  const lost = answers.filter(({ status }) => status === 503).length;
  const { tasks } = await count();
  expect(tasks).toBeGreaterThanOrEqual(1 + made);
  expect(tasks).toBeLessThanOrEqual(1 + made + lost);
  expect((await createAny()).status).toBe(201);
});

function createAny() {
  return client('POST', tasksOf(user), { body: { title: 'a' } });
}
