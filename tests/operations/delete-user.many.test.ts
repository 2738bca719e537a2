import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { eraseUser } from '../../src/users/erasure.ts';
import { signedIn } from '../support/client.ts';
import { createTask } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/** More than two statements delete, and not a multiple of what one does. */
const MANY = 12_345;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

async function insertMany(user: string): Promise<void> {
  await server.db.query(
    sql.unsafe`INSERT INTO users (user_id, revision) VALUES (${user}, ${MANY})`,
  );
  await server.db.query(sql.unsafe`
    INSERT INTO tasks (user_id, id, title, created_at, updated_at, revision)
    SELECT ${user}, gen_random_uuid(), 'task', now(), now(), n
    FROM generate_series(1, ${MANY}::int) AS n`);
}

async function insertKeys(user: string, count: number): Promise<void> {
  // Some of today, and some that the sweep has not come to yet.
  await server.db.query(sql.unsafe`
    INSERT INTO idempotency_keys (user_id, operation, key, fingerprint, created_at, status)
    SELECT ${user}, 'createTask', 'key-' || n, sha256(''), now() - greatest(n - ${count}::int + 50, 0) * interval '1 hour', 201
    FROM generate_series(1, ${count}::int) AS n`);
}

test('erases as many tasks and keys as there are, and nothing of anybody else', async () => {
  for (const user of ['alice', 'alice!']) {
    await insertMany(user);
    await insertKeys(user, MANY);
  }
  const client = await signedIn(server.url, 'alice');
  const answer = await client('DELETE', '/api/alice', { headers: { 'If-Match': `"${MANY}"` } });
  expect(answer.status).toBe(204);
  const left = await server.db.any(sql.unsafe`
    SELECT 'tasks' AS what, user_id, count(*) FROM tasks GROUP BY user_id
    UNION ALL SELECT 'keys', user_id, count(*) FROM idempotency_keys GROUP BY user_id
    ORDER BY what`);
  expect(left).toEqual([
    { what: 'keys', user_id: 'alice!', count: MANY },
    { what: 'tasks', user_id: 'alice!', count: MANY },
  ]);
});

test('does not read all tasks from end to end for it, however many of them are theirs', async () => {
  await insertMany('carol');
  await server.db.query(sql.unsafe`ANALYZE`);
  const [before, after] = await server.db.transaction(async (transaction) => {
    // Counted for this connection; what was counted before may or may not have been handed over by now.
    const scans = () =>
      transaction.oneFirst(sql.unsafe`
        SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relname = 'tasks'`);
    const count = await scans();
    await eraseUser(transaction, { subject: 'carol', issuedAt: Date.now() / 1000 }, undefined);
    return [count, await scans()];
  });
  expect(after).toBe(before);
});

test('erases an account without a task', async () => {
  const client = await signedIn(server.url, 'bob');
  const { id } = await createTask(client, 'bob');
  await client('DELETE', `/api/bob/tasks/${id}`);
  const answer = await client('DELETE', '/api/bob', { headers: { 'If-Match': '"2"' } });
  expect(answer.status).toBe(204);
});
