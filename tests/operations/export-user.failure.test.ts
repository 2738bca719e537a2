import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { expectUnavailable } from '../faults/answers.ts';
import { openSession, type Session } from '../faults/session.ts';
import { signedIn } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startGate, type Gate } from '../support/gate.ts';
import { createTask, expectProblem, insertTasks } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signToken } from '../support/tokens.ts';
import { until } from '../support/until.ts';
import { exportOf, JSON_TYPE, LINES_TYPE } from './exports.ts';

/** What only the statement that reads a page of tasks has in it. */
const PAGE = 'select_exported_tasks';

let database: TestDatabase;
let session: Session;
let gate: Gate;
let server: TestServer;
beforeAll(async () => {
  database = await createTestDatabase();
  session = await openSession(database.url);
  gate = await startGate(database.url);
  gate.open();
  server = await startTestServer({ DATABASE_URL: gate.url });
});
afterAll(async () => {
  await session.end();
  await server.close();
  await gate.close();
  await database.drop();
});

describe.each([JSON_TYPE, LINES_TYPE])('an export as %s', (accept) => {
  test('whose connection is lost twice before its first byte is 503 with Retry-After', async () => {
    const user = `unlucky ${accept}`;
    const client = await signedIn(server.url, user);
    await createTask(client, user);
    const losses = [gate.catchReply(PAGE), gate.catchReply(PAGE)];
    const request = client('GET', exportOf(user), { headers: { Accept: accept } });
    for (const loss of losses) {
      await loss.held;
      loss.cut();
    }
    expectUnavailable(await request);
    await until(() => server.db.state().acquiredConnections === 0);
  });

  test('whose connection is lost once before its first byte succeeds', async () => {
    const user = `lucky ${accept}`;
    const client = await signedIn(server.url, user);
    await createTask(client, user);
    const loss = gate.catchReply(PAGE);
    const request = fetch(server.url + exportOf(user), {
      headers: { Accept: accept, Authorization: `Bearer ${await signToken({ sub: user })}` },
    });
    await loss.held;
    loss.cut();
    expect((await request).status).toBe(200);
    expect(await (await request).text()).toContain('"total":1');
  });

  test('of a task that the contract does not allow is 500, and says so before the first byte', async () => {
    const user = `odd ${accept}`;
    await insertTasks(server, user, [{}]);
    await session.query('ALTER TABLE tasks DROP CONSTRAINT IF EXISTS tasks_title_not_blank');
    await session.query(`UPDATE tasks SET title = ' ' WHERE user_id = $1`, [user]);
    const client = await signedIn(server.url, user);
    const answer = await client('GET', exportOf(user), { headers: { Accept: accept } });
    expectProblem(answer, 500, 'internal_error');
    for (const name of ['ETag', 'Content-Disposition']) expect(answer.headers.get(name)).toBeNull();
    await until(() => server.db.state().acquiredConnections === 0);
  });
});
