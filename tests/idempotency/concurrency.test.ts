import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { openSession, type Session } from '../faults/session.ts';
import { signedIn, type Answer } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startGate, type Gate } from '../support/gate.ts';
import { startListeningProcess, type ListeningProcess } from '../support/process.ts';
import { createTask, expectProblem } from '../support/scenarios.ts';
import { countOf, expectReplay, isReplay, lasting, post } from './posts.ts';

// Hundreds of requests in a test, perhaps on a busy machine.
jest.setTimeout(60_000);

let database: TestDatabase;
let gate: Gate;
let session: Session;
/** The first has the gate between itself and the database. */
let servers: ListeningProcess[];
beforeAll(async () => {
  database = await createTestDatabase();
  session = await openSession(database.url);
  gate = await startGate(database.url);
  gate.open();
  const urls = [gate.url, database.url, database.url];
  servers = await Promise.all(urls.map((url) => startListeningProcess(url)));
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.kill()));
  await gate.close();
  await session.end();
  await database.drop();
});

/** The user's client on each of the servers. */
function onAll(user: string) {
  return Promise.all(servers.map(({ url }) => signedIn(url, user)));
}

function expectInUse(answer: Answer): void {
  expectProblem(answer, 409, 'idempotency_key_in_use');
  expect(answer.headers.get('Retry-After')).toMatch(/^[1-9]\d*$/);
}

describe('a hundred posts of one key at once', () => {
  test.each([
    ['one server', 1, false],
    ['three server processes', 3, false],
    ['three server processes, as the very first write of a user,', 3, true],
  ])('make one task on %s', async (name, count, isFirst) => {
    const clients = (await onAll(name)).slice(0, count);
    if (!isFirst) await createTask(clients[0]!, name);
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => post(clients[index % count]!, name, 'key')),
    );

    expect(await countOf(session, name)).toEqual({ tasks: isFirst ? 1 : 2, keys: 1 });
    const done = answers.filter(({ status }) => status === 201);
    const first = done.filter((answer) => !isReplay(answer));
    expect(first).toHaveLength(1);
    for (const answer of done) expect(lasting(answer)).toEqual(lasting(first[0]!));
    for (const answer of answers) if (answer.status !== 201) expectInUse(answer);
    for (const client of clients) expectReplay(first[0]!, await post(client, name, 'key'));
  });
});

test('of posts with two bodies under one key at once, those of one body are all that happened', async () => {
  for (let trial = 0; trial < 10; trial += 1) {
    const user = `two bodies ${trial}`;
    const clients = await onAll(user);
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        post(clients[index % 3]!, user, 'key', { title: index % 2 === 0 ? 'a' : 'b' }),
      ),
    );
    expect(await countOf(session, user)).toEqual({ tasks: 1, keys: 1 });
    const made = answers.filter(({ status }) => status === 201);
    expect(new Set(made.map(({ text }) => text)).size).toBe(1);
    expect(made.filter((answer) => !isReplay(answer))).toHaveLength(1);
    // Each of the others was refused, for its body or because it came too early.
    for (const { status } of answers) expect([201, 409, 422]).toContain(status);
  }
});

test('makes a task for each of many keys at once', async () => {
  const clients = await onAll('many keys');
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, index) =>
      post(clients[index % 3]!, 'many keys', `key-${index >> 1}`),
    ),
  );
  for (const answer of answers) if (answer.status !== 201) expectInUse(answer);
  expect(await countOf(session, 'many keys')).toEqual({ tasks: 30, keys: 30 });
});

describe('while the first request with a key is still running on another server, a repeat', () => {
  test('waits for it, and then replays its answer', async () => {
    const [gated, direct] = await onAll('patient');
    const commit = gate.catchRequest('COMMIT');
    const first = post(gated!, 'patient', 'key');
    await commit.held;
    const repeat = post(direct!, 'patient', 'key');
    await session.untilWaiting(1);
    commit.release();
    expectReplay(await first, await repeat);
    expect(await countOf(session, 'patient')).toEqual({ tasks: 1, keys: 1 });
  });

  test('is 409 with Retry-After after about two seconds, and replays when it comes again', async () => {
    const [gated, direct] = await onAll('late');
    const commit = gate.catchRequest('COMMIT');
    const first = post(gated!, 'late', 'key');
    await commit.held;
    const startedAt = performance.now();
    expectInUse(await post(direct!, 'late', 'key'));
    const waited = performance.now() - startedAt;
    expect(waited).toBeGreaterThanOrEqual(1900);
    // Far below the 5 seconds for which a statement may run.
    expect(waited).toBeLessThan(4500);
    commit.release();
    expectReplay(await first, await post(direct!, 'late', 'key'));
    expect(await countOf(session, 'late')).toEqual({ tasks: 1, keys: 1 });
  });

  test('with another body waits as well, and is 422', async () => {
    const [gated, direct] = await onAll('other');
    const commit = gate.catchRequest('COMMIT');
    const first = post(gated!, 'other', 'key');
    await commit.held;
    const repeat = post(direct!, 'other', 'key', { title: 'b' });
    await session.untilWaiting(1);
    commit.release();
    expect((await first).status).toBe(201);
    expectProblem(await repeat, 422, 'idempotency_key_reused', ['header idempotency-key']);
    expect(await countOf(session, 'other')).toEqual({ tasks: 1, keys: 1 });
  });

  test('does the work itself when the first one comes to nothing', async () => {
    const [gated, direct] = await onAll('heir');
    const commit = gate.catchRequest('COMMIT');
    const first = post(gated!, 'heir', 'key');
    await commit.held;
    const repeat = post(direct!, 'heir', 'key');
    await session.untilWaiting(1);
    commit.cut();
    // The server whose connection broke runs its request again, as that has a key.
    const answers = [await first, await repeat];
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect(answers.filter(isReplay)).toHaveLength(1);
    expect(lasting(answers[0]!)).toEqual(lasting(answers[1]!));
    expect(await countOf(session, 'heir')).toEqual({ tasks: 1, keys: 1 });
  });

  test('holds up no other key, and no other user', async () => {
    const [gated, direct] = await onAll('holder');
    await createTask(direct!, 'holder');
    // Held where the key is taken, but the user's row is not yet locked.
    const insert = gate.catchRequest('insert_task');
    const first = post(gated!, 'holder', 'key');
    await insert.held;
    expect((await post(direct!, 'holder', 'other')).status).toBe(201);
    const [, stranger] = await onAll('stranger');
    expect((await post(stranger!, 'stranger', 'key')).status).toBe(201);
    insert.release();
    expect((await first).status).toBe(201);
  });
});

test('does not call a key in use that nobody else uses, when something else holds up the request', async () => {
  const [, direct] = await onAll('blocked');
  await createTask(direct!, 'blocked');
  await session.query('BEGIN');
  await session.query(`SELECT FROM users WHERE user_id = 'blocked' FOR UPDATE`);
  const answer = await post(direct!, 'blocked', 'key');
  await session.query('ROLLBACK');
  expectProblem(answer, 503, 'service_unavailable');
  expect(answer.headers.get('Retry-After')).toMatch(/^[1-9]\d*$/);
  expect(await countOf(session, 'blocked')).toEqual({ tasks: 1, keys: 0 });
});
