import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { openSession, type Session } from '../faults/session.ts';
import { signedIn, type Answer } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startGate, type Gate } from '../support/gate.ts';
import { startListeningProcess, type ListeningProcess } from '../support/process.ts';
import { createTask } from '../support/scenarios.ts';
import { countOf, expectReplay, isReplay, lasting, post } from './posts.ts';

// Each test starts a server.
jest.setTimeout(60_000);

let database: TestDatabase;
let gate: Gate;
let session: Session;
let survivor: ListeningProcess;
/** It has the gate between itself and the database, and is killed in each test. */
let victim: ListeningProcess;
beforeAll(async () => {
  database = await createTestDatabase();
  session = await openSession(database.url);
  gate = await startGate(database.url);
  gate.open();
  survivor = await startListeningProcess(database.url);
});
beforeEach(async () => {
  victim = await startListeningProcess(gate.url);
});
afterEach(() => victim.kill());
afterAll(async () => {
  await survivor.kill();
  await gate.close();
  await session.end();
  await database.drop();
});

/** What became of a request whose server may have died. */
function outcome(request: Promise<Answer>): Promise<Answer | 'no answer'> {
  return request.catch(() => 'no answer' as const);
}

test.each([
  ['the first task of a user', false],
  ['a further task', true],
])(
  'a server killed between COMMIT and answer leaves %s, and the retry makes no second',
  async (name, hasTask) => {
    const client = await signedIn(victim.url, name);
    if (hasTask) await createTask(client, name);
    const count = hasTask ? 2 : 1;

    const reply = gate.catchReply('COMMIT');
    const first = outcome(post(client, name, 'key'));
    await reply.held;
    // The database has committed, and nobody but it knows.
    expect(await countOf(session, name)).toEqual({ tasks: count, keys: 1 });
    await victim.kill();
    expect(await first).toBe('no answer');

    const retry = await post(await signedIn(survivor.url, name), name, 'key');
    expect([retry.status, isReplay(retry), retry.headers.get('ETag')]).toEqual([
      201,
      true,
      `"${count}"`,
    ]);
    expect(await countOf(session, name)).toEqual({ tasks: count, keys: 1 });
    const [row] = await session.query('SELECT id FROM tasks WHERE user_id = $1 AND revision = $2', [
      name,
      count,
    ]);
    expect(retry.body.id).toBe(row.id);
    expect(retry.headers.get('Location')).toContain(row.id);
  },
);

test.each(['take_key', 'insert_task', 'store_answer', 'COMMIT'])(
  'a server killed before its %s reaches the database leaves nothing, and the retry does the work',
  async (statement) => {
    // A name that is not caught in place of the statement.
    const user = `user of ${statement.length}`;
    const client = await signedIn(victim.url, user);
    const request = gate.catchRequest(statement);
    const first = outcome(post(client, user, 'key'));
    await request.held;
    await victim.kill();
    expect(await first).toBe('no answer');

    const other = await signedIn(survivor.url, user);
    const retry = await post(other, user, 'key');
    expect([retry.status, isReplay(retry), retry.headers.get('ETag')]).toEqual([201, false, '"1"']);
    expect(await countOf(session, user)).toEqual({ tasks: 1, keys: 1 });
    expectReplay(retry, await post(other, user, 'key'));
  },
);

test('a server killed under load leaves no task twice, and none that was answered goes missing', async () => {
  const [one, other] = [await signedIn(victim.url, 'load'), await signedIn(survivor.url, 'load')];
  const keys = Array.from({ length: 40 }, (_, index) => `key-${index}`);
  const requests = keys.map((key) => post(one, 'load', key, { title: key }));
  const outcomes = requests.map(outcome);
  await Promise.any(requests);
  await victim.kill();
  const answers = await Promise.all(outcomes);
  expect(answers).toContain('no answer');

  for (const [index, key] of keys.entries()) {
    let retry;
    // A transaction of the dead server may take a moment to end.
    do retry = await post(other, 'load', key, { title: key });
    while (retry.status === 409);
    expect(retry.status).toBe(201);
    const first = answers[index]!;
    if (first !== 'no answer') {
      expect(isReplay(retry)).toBe(true);
      expect(lasting(retry)).toEqual(lasting(first));
    }
  }
  expect(await countOf(session, 'load')).toEqual({ tasks: 40, keys: 40 });
});
