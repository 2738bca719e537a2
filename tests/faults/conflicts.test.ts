import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openSession, type Session } from './session.ts';
import { expectUnavailable } from './answers.ts';
import { signedIn } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startGate, type Gate } from '../support/gate.ts';
import { endPooled } from '../support/pgbouncer.ts';
import { createTask, expectProblem, MERGE_PATCH, tasksOf } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let database: TestDatabase;
let gate: Gate;
let server: TestServer;
let session: Session;
let observer: Session;
beforeAll(async () => {
  database = await createTestDatabase();
  gate = await startGate(database.url);
  gate.open();
  server = await startTestServer({ DATABASE_URL: gate.url });
  session = await openSession(database.url);
  observer = await openSession(database.url);
});
afterAll(async () => {
  await session.end();
  await observer.end();
  await server.close();
  await gate.close();
  await database.drop();
});

/** A setting for all sessions that begin from now on. */
async function setForDatabase(setting: string, value: string): Promise<void> {
  const name = new URL(database.url).pathname.slice(1);
  await observer.query(`ALTER DATABASE ${name} SET ${setting} = '${value}'`);
  await endPooled(observer);
}

async function userWithTask(user: string, { url }: TestServer = server) {
  const client = await signedIn(url, user);
  const { id } = await createTask(client, user);
  const path = `${tasksOf(user)}/${id}`;
  const patch = () => client('PATCH', path, { body: { title: 'b' }, headers: MERGE_PATCH });
  return { client, id, path, patch };
}

const lockUser = (user: string) =>
  session.query('SELECT FROM users WHERE user_id = $1 FOR UPDATE', [user]);

async function cancelWaiting(how: 'cancel' | 'terminate'): Promise<void> {
  await observer.untilWaiting(1);
  await observer.query(`
    SELECT pg_${how}_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`);
}

test('runs a write again that PostgreSQL has sacrificed to end a deadlock', async () => {
  const { client, id, path, patch } = await userWithTask('alice');
  // The server finds the deadlock, after the second that is PostgreSQL's default, and so is its victim.
  await session.query(`SET deadlock_timeout = '1min'`);
  await session.query('BEGIN');
  // Nothing of ours locks a task before its owner.
  await session.query(`UPDATE tasks SET description = 'other' WHERE id = $1`, [id]);
  const answer = patch();
  await observer.untilWaiting(1);
  await lockUser('alice');
  await session.query('COMMIT');

  expect(await answer).toMatchObject({ status: 200, body: { title: 'b', description: 'other' } });
  expect((await client('GET', path)).headers.get('ETag')).toBe('"2"');
  const deadlocks = await observer.query(
    'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()',
  );
  expect(deadlocks).toEqual([{ deadlocks: 1 }]);
});

describe('where transactions see one moment', () => {
  test.each(['repeatable read', 'serializable'])(
    'by default isolation %s, a write that another one got ahead of is run again',
    async (isolation) => {
      await setForDatabase('default_transaction_isolation', isolation);
      const isolated = await startTestServer({ DATABASE_URL: gate.url });
      const { client, id, patch } = await userWithTask(isolation, isolated);
      await session.query('BEGIN');
      await lockUser(isolation);
      const sent = gate.sent(id);
      const answer = patch();
      await observer.untilWaiting(1);
      await session.query('UPDATE users SET revision = revision + 1 WHERE user_id = $1', [
        isolation,
      ]);
      await session.query('COMMIT');
      expect(await answer).toMatchObject({ status: 200, body: { title: 'b', revision: 3 } });

      // Sent in two attempts: as many times for each as a write without a conflict.
      const twice = gate.sent(id) - sent;
      await patch();
      expect(gate.sent(id) - sent - twice).toBe(twice / 2);

      // And with a key, of twins; whether one of them had to be run again, or found an answer.
      const key = { body: { title: 'a' }, headers: { 'Idempotency-Key': 'key' } };
      const posts = Array.from({ length: 4 }, () => client('POST', tasksOf(isolation), key));
      const answers = await Promise.all(posts);
      const made = answers.filter(({ status }) => status === 201);
      expect(made.length).toBeGreaterThan(0);
      expect(new Set(made.map(({ text }) => text)).size).toBe(1);
      for (const other of answers) if (other.status !== 201) expectUnavailable(other);
      await isolated.close();
    },
  );

  test('a crowd of writes succeeds or is 503, and counts exactly what succeeded', async () => {
    await setForDatabase('default_transaction_isolation', 'serializable');
    const isolated = await startTestServer({ DATABASE_URL: gate.url });
    const { client, path, patch } = await userWithTask('crowd', isolated);
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        index % 2 ? patch() : client('POST', tasksOf('crowd'), { body: { title: 'a' } }),
      ),
    );
    const done = answers.filter(({ status }) => status < 300);
    for (const answer of answers) if (answer.status >= 300) expectUnavailable(answer);
    expect(done.length).toBeGreaterThan(0);
    expect((await client('GET', '/api/crowd')).body.revision).toBe(1 + done.length);
    expect((await client('GET', path)).status).toBe(200);
    await isolated.close();
    await setForDatabase('default_transaction_isolation', 'read committed');
  });
});

describe('a write that waits for a lock', () => {
  test.each(['lock_timeout', 'statement_timeout'])(
    'longer than %s allows is 503, is not run again, and writes nothing',
    async (setting) => {
      await setForDatabase(setting, '100ms');
      // Behind a pooler the server sends no limits of its own.
      const env = { DATABASE_URL: gate.url, DATABASE_POOLER: 'on' };
      const impatient = await startTestServer(env);
      const { client, id, path, patch } = await userWithTask(setting, impatient);
      await session.query('BEGIN');
      await lockUser(setting);
      const sent = gate.sent(id);
      expectUnavailable(await patch());
      const once = gate.sent(id) - sent;
      await session.query('ROLLBACK');
      expect((await client('GET', path)).headers.get('ETag')).toBe('"1"');
      expect((await patch()).status).toBe(200);
      // It was not run twice: it was sent as often as one that succeeds, the read in between aside.
      expect(gate.sent(id) - sent - once - 1).toBe(once);
      await impatient.close();
      await setForDatabase(setting, '0');
    },
  );

  test.each(['cancel', 'terminate'] as const)(
    'until an administrator has it %sd is 503, and writes nothing',
    async (how) => {
      const user = `written, ${how}`;
      const { client, path, patch } = await userWithTask(user);
      await session.query('BEGIN');
      await lockUser(user);
      const answer = patch();
      await cancelWaiting(how);
      expectUnavailable(await answer);
      await session.query('ROLLBACK');
      expect((await client('GET', path)).headers.get('ETag')).toBe('"1"');
    },
  );
});

test.each(['cancel', 'terminate'] as const)(
  'a read that waits until an administrator has it %sd is run again, once',
  async (how) => {
    const { client, path } = await userWithTask(`read, ${how}`);
    const block = async () => {
      await session.query('BEGIN');
      await session.query('LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE');
    };
    await block();
    const first = client('GET', path);
    await cancelWaiting(how);
    await observer.untilWaiting(1);
    await session.query('ROLLBACK');
    expect((await first).status).toBe(200);

    await block();
    const second = client('GET', path);
    await cancelWaiting(how);
    await cancelWaiting(how);
    expectUnavailable(await second);
    await session.query('ROLLBACK');
  },
);

test('a database that does not exist, or does not know us, is 503, and is not named', async () => {
  const missing = new URL(database.url);
  missing.pathname = '/secret_database';
  const stranger = new URL(database.url);
  stranger.username = 'secret_role';
  for (const { href } of [missing, stranger]) {
    const lost = await startTestServer({ DATABASE_URL: href });
    const client = await signedIn(lost.url, 'dave');
    expectUnavailable(await client('GET', tasksOf('dave')));
    expectUnavailable(await client('POST', tasksOf('dave'), { body: { title: 'a' } }));
    expectProblem(await client('POST', tasksOf('dave'), { body: {} }), 400, 'invalid_request', [
      '#/title',
    ]);
    await lost.close();
  }
});
