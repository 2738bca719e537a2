import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { expectUnavailable } from './answers.ts';
import { signedIn, type Answer } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startGate, type Gate } from '../support/gate.ts';
import { createTask, tasksOf } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/** Milliseconds: far more than the three seconds for a connection and the five for a statement. */
const PATIENCE = 15_000;

let database: TestDatabase;
let gate: Gate;
let server: TestServer;
beforeAll(async () => {
  database = await createTestDatabase();
  gate = await startGate(database.url);
  gate.open();
  server = await startTestServer({ DATABASE_URL: gate.url });
});
afterAll(async () => {
  // What is still held would keep the server from closing.
  gate.shut();
  await server.close();
  await gate.close();
  await database.drop();
});

/** Its answer, or that there was none in time. */
async function inTime(request: Promise<Answer>): Promise<Answer> {
  let timer;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('there is no answer')), PATIENCE);
  });
  try {
    return await Promise.race([request, late]);
  } finally {
    clearTimeout(timer);
  }
}

test('a connection that is accepted and then silent is given up: 503 with Retry-After', async () => {
  const silent = await startGate(database.url);
  silent.open();
  const other = await startTestServer({ DATABASE_URL: silent.url });
  const client = await signedIn(other.url, 'alice');
  const attempts = [silent.catchRequest('client_encoding'), silent.catchRequest('client_encoding')];
  const request = inTime(client('POST', tasksOf('alice'), { body: { title: 'a' } }));
  for (const { held } of attempts) await held;
  expectUnavailable(await request);
  silent.shut();
  await other.close();
  await silent.close();
});

test('a statement that the database never answers, on a connection that stays, is given up', async () => {
  const client = await signedIn(server.url, 'bert');
  const { id } = await createTask(client, 'bert');
  const reply = gate.catchReply('bert');
  const request = inTime(
    client('PATCH', `${tasksOf('bert')}/${id}/complete`, { body: { completed: true } }),
  );
  await reply.held;
  expectUnavailable(await request);
  // The connection is not used again.
  expect((await inTime(client('GET', tasksOf('bert')))).status).toBe(200);
});
