import { expect, jest, test } from '@jest/globals';
import { openSession } from './session.ts';
import { post } from '../idempotency/posts.ts';
import { signedIn } from '../support/client.ts';
import { createTestDatabase } from '../support/database.ts';
import { insertTasks, tasksOf } from '../support/scenarios.ts';
import { startTestServer } from '../support/server.ts';

// Hundreds of requests, perhaps on a busy machine.
jest.setTimeout(60_000);

test('changes, deletions, creations and erasures of one user never end in a deadlock', async () => {
  const database = await createTestDatabase();
  const session = await openSession(database.url);
  const name = new URL(database.url).pathname.slice(1);
  await session.query(`ALTER DATABASE ${name} SET deadlock_timeout = '10ms'`);
  const servers = [
    await startTestServer({ DATABASE_URL: database.url }),
    await startTestServer({ DATABASE_URL: database.url }),
  ] as const;

  for (let trial = 0; trial < 15; trial += 1) {
    const user = `user ${trial}`;
    const [one, other] = [
      await signedIn(servers[0].url, user),
      await signedIn(servers[1].url, user),
    ];
    const tasks = await insertTasks(servers[0], user, [{}, {}, {}]);
    await session.query(
      `INSERT INTO idempotency_keys (user_id, operation, key, fingerprint, created_at, status)
       VALUES ($1, 'createTask', 'old', sha256(''), now() - interval '2 days', 201)`,
      [user],
    );
    const completed = (id: string) => `${tasksOf(user)}/${id}/complete`;
    const answers = await Promise.all([
      ...tasks.map(({ id }) => other('PATCH', completed(id), { body: { completed: true } })),
      post(other, user, 'old'),
      one('DELETE', `/api/${user}`, { headers: { 'If-Match': '*' } }),
      ...tasks.map(({ id }) => other('PATCH', completed(id), { body: { completed: false } })),
      other('DELETE', `${tasksOf(user)}/${tasks[0]?.id}`),
      post(one, user, 'new'),
    ]);
    for (const { status } of answers) expect([200, 201, 204, 401, 404]).toContain(status);
    const [left] = await session.query(
      'SELECT count(*)::int AS tasks FROM tasks WHERE user_id = $1',
      [user],
    );
    expect(left.tasks).toBe(0);
  }

  // A backend reports what it has counted when it ends, at the latest.
  for (const server of servers) await server.close();
  for (;;) {
    await session.query('SELECT pg_stat_clear_snapshot()');
    const [others] = await session.query(`
      SELECT count(*)::int FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND backend_type = 'client backend'`);
    if (others.count === 0) break;
  }
  const [{ deadlocks }] = (await session.query(`
    SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()`)) as any;
  expect(deadlocks).toBe(0);
  await session.end();
  await database.drop();
});
