import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { expectUnavailable } from './answers.ts';
import { openSession, type Session } from './session.ts';
import { createClient } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startGate, type Gate } from '../support/gate.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let database: TestDatabase;
let session: Session;
let gate: Gate;
let server: TestServer | undefined;
beforeAll(async () => {
  database = await createTestDatabase();
  session = await openSession(database.url);
});
beforeEach(async () => {
  gate = await startGate(database.url);
  gate.open();
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  await gate.close();
});
afterAll(async () => {
  await session.end();
  await database.drop();
});

test('any number of probes at once is one question to the database', async () => {
  server = await startTestServer({ DATABASE_URL: gate.url });
  const anyone = createClient(server.url);
  expect((await anyone('GET', '/readyz')).status).toBe(200);
  const before = gate.sent('probe_database');
  const reply = gate.catchReply('probe_database');
  const first = anyone('GET', '/readyz');
  await reply.held;
  const others = ['/readyz', '/health', '/readyz', '/health'].map((path) => anyone('GET', path));
  await anyone('GET', '/livez');
  reply.release();
  for (const { status } of await Promise.all([first, ...others])) expect(status).toBe(200);
  expect(gate.sent('probe_database') - before).toBe(1);
});

test('a probe whose question is never answered is 503, and the next connection is asked anew', async () => {
  server = await startTestServer({ DATABASE_URL: gate.url });
  const anyone = createClient(server.url);
  const reply = gate.catchReply('probe_database');
  expectUnavailable(await anyone('GET', '/readyz'));
  await reply.held;
  let status;
  // The question is given up some seconds later.
  do ({ status } = await anyone('GET', '/readyz'));
  while (status !== 200);
});

test('behind a pooler it is not ready until the role has every time limit', async () => {
  const name = new URL(database.url).pathname.slice(1);
  const limits = [
    ['statement_timeout', '5s'],
    ['lock_timeout', '3s'],
    ['idle_in_transaction_session_timeout', '0'],
    ['idle_in_transaction_session_timeout', '1min'],
    ['idle_in_transaction_session_timeout', '5s'],
  ];
  const statuses = [];
  for (const [setting, value] of limits) {
    await session.query(`ALTER DATABASE ${name} SET ${setting} = '${value}'`);
    server = await startTestServer({ DATABASE_URL: database.url, DATABASE_POOLER: 'on' });
    const answer = await createClient(server.url)('GET', '/readyz');
    statuses.push(answer.status);
    if (answer.status !== 200) {
      expectUnavailable(answer);
      expect(server.logged()).toContainEqual(
        expect.objectContaining({
          err: expect.objectContaining({ type: 'NotReadyError', reason: 'no_time_limits' }),
        }),
      );
    }
    await server.close();
    server = undefined;
  }
  expect(statuses).toEqual([503, 503, 503, 503, 200]);
});
