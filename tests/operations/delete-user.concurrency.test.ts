import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { sql } from 'slonik';
import { signedIn, type Client } from '../support/client.ts';
import { createTask, expectProblem, insertTasks, tasksOf } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { accountOf, letTimePass } from './account.ts';

// Hundreds of requests in a test, perhaps on a busy machine.
jest.setTimeout(60_000);

let server: TestServer;
let second: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  // PostgreSQL looks for deadlocks after a second; a test would rather not wait that long each time.
  const name = sql.identifier([new URL(server.databaseUrl).pathname.slice(1)]);
  await server.db.query(sql.unsafe`ALTER DATABASE ${name} SET deadlock_timeout = '50ms'`);
  second = await startTestServer({ DATABASE_URL: server.databaseUrl });
});
afterAll(async () => {
  await second.close();
  await server.close();
});

/** The same user on two servers with one database. */
async function onBoth(user: string): Promise<[Client, Client]> {
  return [await signedIn(server.url, user), await signedIn(second.url, user)];
}

function tasksLeft(user: string): Promise<unknown> {
  return server.db.oneFirst(sql.unsafe`SELECT count(*) FROM tasks WHERE user_id = ${user}`);
}

test('leaves nothing of what an old token creates at the same moment, in any of many trials', async () => {
  const outcomes = { before: 0, after: 0 };
  for (let trial = 0; trial < 40; trial += 1) {
    const user = `racer ${trial}`;
    const [one, other] = await onBoth(user);
    // Half of the users have no row yet.
    if (trial % 2 === 0) await createTask(one, user);
    const create = (client: Client) => client('POST', tasksOf(user), { body: { title: 'a' } });
    const [erasure, ...creations] = await Promise.all([
      one('DELETE', accountOf(user), { headers: { 'If-Match': '*' } }),
      ...[one, other, one, other].map(create),
    ]);

    expect(erasure.status).toBe(204);
    for (const { status } of creations) {
      expect([201, 401]).toContain(status);
      if (status === 201) outcomes.before += 1;
      else outcomes.after += 1;
    }
    expect(await tasksLeft(user)).toBe(0);
    expectProblem(await create(other), 401, 'invalid_token');
    await letTimePass(server, user);
    const later = await signedIn(second.url, user);
    expect((await later('GET', accountOf(user))).body).toMatchObject({
      created_at: null,
      tasks: { total: 0 },
    });
  }
  // Otherwise it was no race.
  expect(outcomes.before).toBeGreaterThan(0);
  expect(outcomes.after).toBeGreaterThan(0);
});

test('leaves nothing of what an old token creates with an idempotency key at the same moment', async () => {
  for (let trial = 0; trial < 15; trial += 1) {
    const user = `keyed racer ${trial}`;
    const [one, other] = await onBoth(user);
    await createTask(one, user);
    const create = (client: Client, key: string) =>
      client('POST', tasksOf(user), { body: { title: 'a' }, headers: { 'Idempotency-Key': key } });
    const [erasure] = await Promise.all([
      one('DELETE', accountOf(user), { headers: { 'If-Match': '*' } }),
      create(other, 'a'),
      create(one, 'a'),
      create(other, 'b'),
    ]);
    expect(erasure.status).toBe(204);
    expect(await tasksLeft(user)).toBe(0);
    const keys = sql.unsafe`SELECT count(*) FROM idempotency_keys WHERE user_id = ${user}`;
    expect(await server.db.oneFirst(keys)).toBe(0);
    expectProblem(await create(other, 'a'), 401, 'invalid_token');
  }
});

test('erases while old tokens change the tasks that are erased', async () => {
  for (let trial = 0; trial < 10; trial += 1) {
    const user = `changer ${trial}`;
    const [one, other] = await onBoth(user);
    const tasks = await insertTasks(server, user, [{}, {}, {}]);
    const changes = tasks.flatMap(({ id }) =>
      [true, false].map((completed) =>
        other('PATCH', `${tasksOf(user)}/${id}/complete`, { body: { completed } }),
      ),
    );
    const erasure = one('DELETE', accountOf(user), { headers: { 'If-Match': '*' } });

    expect((await erasure).status).toBe(204);
    // One that waited for its task until that was gone has nothing left to change.
    for (const { status } of await Promise.all(changes)) expect([200, 401, 404]).toContain(status);
    expect(await tasksLeft(user)).toBe(0);
  }
});

test('of many erasures of one revision one succeeds, and the others find their token dead', async () => {
  for (let trial = 0; trial < 10; trial += 1) {
    const user = `twice ${trial}`;
    const [one, other] = await onBoth(user);
    await createTask(one, user);
    const answers = await Promise.all(
      [one, other, one, other, one].map((client) =>
        client('DELETE', accountOf(user), { headers: { 'If-Match': '"1"' } }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 401, 401, 401, 401]);
  }
});

test('either the write or the erasure wins that both know the same revision, never both', async () => {
  for (let trial = 0; trial < 30; trial += 1) {
    const user = `either ${trial}`;
    const [one, other] = await onBoth(user);
    await createTask(one, user);
    const erase = () => one('DELETE', accountOf(user), { headers: { 'If-Match': '"1"' } });
    const write = () => other('POST', tasksOf(user), { body: { title: 'b' } });
    const [first, last] = trial % 2 === 0 ? [erase(), write()] : [write(), erase()];
    const statuses = (await Promise.all([first, last])).map(({ status }) => status).sort();
    // Written and not erased, or erased and refused.
    expect(
      [
        [201, 412],
        [204, 401],
      ].map((pair) => pair.sort().join()),
    ).toContain(statuses.join());
    expect(await tasksLeft(user)).toBe(statuses.includes(204) ? 0 : 2);
  }
});
