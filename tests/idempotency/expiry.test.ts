import { AsyncLocalStorage } from 'node:async_hooks';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sweepKeys } from '../../src/db/idempotency-keys.ts';
import { createSweep } from '../../src/db/sweep.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { openSession, type Session } from '../faults/session.ts';
import { signedIn, type Client } from '../support/client.ts';
import { expectProblem } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { countOf, expectReplay, isReplay, post } from './posts.ts';

let server: TestServer;
let session: Session;
let client: Client;
let user: string;
let users = 0;
beforeAll(async () => {
  server = await startTestServer();
  session = await openSession(server.databaseUrl);
});
beforeEach(async () => {
  await session.query('DELETE FROM idempotency_keys');
  user = `user ${(users += 1)}`;
  client = await signedIn(server.url, user);
});
afterAll(async () => {
  await session.end();
  await server.close();
});

/** Makes a user's kept answers older, by what PostgreSQL reads as an interval. */
async function age(by: string): Promise<void> {
  await session.query(
    'UPDATE idempotency_keys SET created_at = created_at - $2::interval WHERE user_id = $1',
    [user, by],
  );
}

describe('an answer', () => {
  test('is kept for 24 hours', async () => {
    const first = await post(client, user, 'a');
    await age('23 hours 59 minutes');
    expectReplay(first, await post(client, user, 'a'));
    expectProblem(await post(client, user, 'a', { title: 'b' }), 422, 'idempotency_key_reused', [
      'header idempotency-key',
    ]);
  });

  test.each([
    ['the same request', { title: 'a task' }],
    ['another one', { title: 'b' }],
  ])('is given up after that: the key is free for %s, even before a sweep', async (_name, body) => {
    const old = await post(client, user, 'a');
    await age('24 hours');
    const first = await post(client, user, 'a', body);
    expect([first.status, isReplay(first)]).toEqual([201, false]);
    expect(first.body.id).not.toBe(old.body.id);
    expectReplay(first, await post(client, user, 'a', body));
    expect(await countOf(session, user)).toEqual({ tasks: 2, keys: 1 });
    // It is kept for another 24 hours, from now on.
    await age('23 hours 59 minutes');
    expectReplay(first, await post(client, user, 'a', body));
  });

  test('that is too old is made anew by one of many repeats at once', async () => {
    await post(client, user, 'a');
    await age('25 hours');
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(client, user, 'a')));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(201));
    expect(answers.filter((answer) => !isReplay(answer))).toHaveLength(1);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(await countOf(session, user)).toEqual({ tasks: 2, keys: 1 });
  });
});

describe('the sweep', () => {
  /** Puts kept answers of some age into the database. */
  async function keep(prefix: string, count: number, age_: string): Promise<void> {
    await session.query(
      `INSERT INTO idempotency_keys (user_id, operation, key, fingerprint, created_at, status)
       SELECT $1, 'createTask', $2 || n, decode(repeat('00', 32), 'hex'), now() - $4::interval, 201
       FROM generate_series(1, $3::int) AS n`,
      [user, prefix, count, age_],
    );
  }
  const left = async () =>
    (await session.query('SELECT key FROM idempotency_keys ORDER BY key')).map(({ key }) => key);

  beforeEach(async () => {
    await post(client, user, 'mine');
  });

  test('deletes what is older than 24 hours, in batches, and leaves the younger', async () => {
    await keep('old-', 25, '24 hours 1 second');
    await keep('young-', 3, '23 hours 59 minutes');
    const deleted = [];
    for (let round = 0; round < 4; round += 1) deleted.push(await sweepKeys(server.db, 10));
    expect(deleted).toEqual([10, 10, 5, 0]);
    expect(await left()).toEqual(['mine', 'young-1', 'young-2', 'young-3']);
  });

  test('deletes the oldest first', async () => {
    await keep('older-', 2, '30 hours');
    await keep('old-', 2, '25 hours');
    expect(await sweepKeys(server.db, 2)).toBe(2);
    expect(await left()).toEqual(['mine', 'old-1', 'old-2']);
  });

  test('is done with a key where the database sleeps, and not within ten minutes again', async () => {
    const asked: unknown[] = [];
    const seenBy: unknown[] = [];
    const request = new AsyncLocalStorage();
    const db = {
      ...server.db,
      query(...args: Parameters<typeof server.db.query>) {
        const answer = server.db.query(...args);
        asked.push(answer);
        seenBy.push(request.getStore());
        return answer;
      },
    };
    let minutes = 0;
    const now = () => minutes * 60_000;
    const logger = createLogger('silent');
    const { start, onKeyUse } = createSweep({ db, logger, sleeps: true, now });
    const stop = start();
    expect(asked).toHaveLength(0);
    await keep('old-', 2, '25 hours');
    request.run('a request', onKeyUse);
    expect(asked).toHaveLength(1);
    while ((await left()).length > 1);
    minutes = 9.9;
    onKeyUse();
    expect(asked).toHaveLength(1);
    minutes = 10;
    onKeyUse();
    expect(asked).toHaveLength(2);
    // What it does is not the request's, which its statements and spans would be counted to.
    expect(seenBy).toEqual([undefined, undefined]);
    await Promise.all(asked);
    stop();
  });

  test('is left to its time where the database does not sleep', async () => {
    await keep('old-', 2, '25 hours');
    await post(client, user, 'another');
    expect(await left()).toContain('old-1');
  });

  test('takes each once when several servers sweep at once', async () => {
    await keep('old-', 60, '25 hours');
    const deleted = await Promise.all(Array.from({ length: 4 }, () => sweepKeys(server.db, 20)));
    const total = deleted.reduce((sum, count) => sum + count);
    expect(deleted.every((count) => count <= 20)).toBe(true);
    expect(await left()).toHaveLength(61 - total);
  });

  test('does not wait for a key that is just being used again, and leaves it', async () => {
    await keep('old-', 3, '25 hours');
    const other = await openSession(server.databaseUrl);
    await other.query('BEGIN');
    await other.query(`UPDATE idempotency_keys SET created_at = now() WHERE key = 'old-2'`);
    expect(await sweepKeys(server.db, 10)).toBe(2);
    await other.query('COMMIT');
    await other.end();
    expect(await left()).toEqual(['mine', 'old-2']);
  });
});

describe('a server whose database sleeps', () => {
  let sleepy: TestServer;
  let other: Session;
  beforeAll(async () => {
    sleepy = await startTestServer({ DATABASE_SLEEPS: 'on' });
    other = await openSession(sleepy.databaseUrl);
  });
  afterAll(async () => {
    await other.end();
    await sleepy.close();
  });

  test('sweeps when a key is used', async () => {
    await other.query(`INSERT INTO users (user_id, revision) VALUES ('somebody', 1)`);
    await other.query(`
      INSERT INTO idempotency_keys (user_id, operation, key, fingerprint, created_at)
      VALUES ('somebody', 'createTask', 'old', sha256(''), now() - interval '25 hours')`);
    await post(await signedIn(sleepy.url, user), user, 'a');
    while ((await countOf(other, 'somebody')).keys > 0);
    expect(await countOf(other, user)).toEqual({ tasks: 1, keys: 1 });
  });
});
