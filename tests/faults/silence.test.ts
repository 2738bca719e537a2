import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { expectUnavailable } from './answers.ts';
import { openSession, type Session } from './session.ts';
import { countOf, post } from '../idempotency/posts.ts';
import { createClient, signedIn, type Answer } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startGate, type Caught, type Gate } from '../support/gate.ts';
import { createTask, tasksOf } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let database: TestDatabase;
let session: Session;
let gate: Gate;
let server: TestServer;
beforeAll(async () => {
  database = await createTestDatabase();
  session = await openSession(database.url);
});
// Each test has a server that has made no connection yet.
beforeEach(async () => {
  gate = await startGate(database.url);
  gate.open();
  server = await startTestServer({ DATABASE_URL: gate.url, DATABASE_POOL_WAIT: '500' });
});
afterEach(async () => {
  await server.close();
  await gate.close();
});
afterAll(async () => {
  await session.end();
  await database.drop();
});

test('a connection that is accepted and then silent is given up after three seconds and one attempt: 503', async () => {
  const client = await signedIn(server.url, 'alice');
  gate.fallSilent();
  const startedAt = performance.now();
  expectUnavailable(await client('POST', tasksOf('alice'), { body: { title: 'a' } }));
  const waited = performance.now() - startedAt;
  expect(gate.connections()).toBe(1);
  // A timer may be a little early by this clock, and late on a busy machine.
  expect(waited).toBeGreaterThan(2_990);
  expect(waited).toBeLessThan(5_000);
  gate.open();
  expect((await client('POST', tasksOf('alice'), { body: { title: 'a' } })).status).toBe(201);
});

test('a crowd at a silent database is 503 and told when to come again; liveness is 200 all the while, and all succeed afterwards', async () => {
  const client = await signedIn(server.url, 'carl');
  const crowd = () =>
    Promise.all(Array.from({ length: 300 }, () => client('GET', tasksOf('carl'))));
  gate.fallSilent();
  const over = new AbortController();
  const refused = crowd().finally(() => over.abort());
  const anyone = createClient(server.url);
  while (!over.signal.aborted) expect((await anyone('GET', '/livez')).status).toBe(200);
  for (const answer of await refused) expectUnavailable(answer);
  // Those that have a turn hold it until the deadline of their connection; nobody waits for that.
  const reasons = server.logged().flatMap(({ err }) => err?.reason ?? []);
  expect(new Set(reasons)).toEqual(new Set(['too_many_wait', 'waited_too_long']));
  expect(reasons.length).toBeGreaterThan(200);

  gate.open();
  for (let start = 0; start < 5; start += 1) {
    expect((await client('GET', tasksOf('carl'))).status).toBe(200);
  }
});

test('a statement that is never answered is given up, wherever it stands, and its connection is not used again', async () => {
  const clients = Object.fromEntries(
    await Promise.all(
      ['bert', 'cora', 'emil', 'fred'].map(
        async (user) => [user, await signedIn(server.url, user)] as const,
      ),
    ),
  );
  const { id } = await createTask(clients.bert!, 'bert');
  await createTask(clients.fred!, 'fred');
  const answers: Promise<Answer>[] = [];
  const askUntil = async (caught: Caught, answer: Promise<Answer>) => {
    answers.push(answer);
    await caught.held;
  };
  const done = { body: { completed: true } };
  await askUntil(
    gate.catchReply('bert'),
    clients.bert!('PATCH', `${tasksOf('bert')}/${id}/complete`, done),
  );
  await askUntil(gate.catchRequest('START TRANSACTION'), post(clients.cora!, 'cora', 'key'));
  await askUntil(gate.catchReply('COMMIT'), post(clients.emil!, 'emil', 'key'));
  await askUntil(
    gate.catchReply('erase_tasks'),
    clients.fred!('DELETE', '/api/fred', { headers: { 'If-Match': '*' } }),
  );
  for (const answer of await Promise.all(answers)) expectUnavailable(answer);

  const { acquiredConnections, pendingDestroyConnections } = server.db.state();
  expect([acquiredConnections, pendingDestroyConnections]).toEqual([0, 0]);
  for (const [user, client] of Object.entries(clients)) {
    expect((await client('GET', tasksOf(user))).status).toBe(200);
  }
  // What the database had finished has happened, and what was not committed has not.
  expect(await countOf(session, 'cora')).toEqual({ tasks: 0, keys: 0 });
  expect(await countOf(session, 'emil')).toEqual({ tasks: 1, keys: 1 });
  expect(await countOf(session, 'fred')).toMatchObject({ tasks: 1 });
});
