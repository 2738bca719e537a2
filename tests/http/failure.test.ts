import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { signedIn, type Answer, type Client } from '../support/client.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let alice: Client;
let path: string;
beforeEach(async () => {
  server = await startTestServer();
  alice = await signedIn(server.url, 'alice');
  const { body } = await alice('POST', '/api/alice/tasks', { body: { title: 'secret-title' } });
  path = `/api/alice/tasks/${body.id}`;
});
afterEach(() => server.close());

/** An answer that admits a failure of ours and says nothing of what is inside. */
function expectNothingLeaks({ status, body, headers }: Answer): void {
  expect(status).toBe(500);
  expect(body).toStrictEqual({
    type: '/problems/internal_error',
    title: 'Internal error',
    status: 500,
    detail: 'Something went wrong on our side.',
    instance: `urn:request:${body.request_id}`,
    code: 'internal_error',
    request_id: headers.get('X-Request-Id'),
  });
  expect([...headers].filter(([name]) => name !== 'x-request-id').join()).not.toMatch(
    /select|slonik|postgres|constraint|secret/i,
  );
}

describe('a failure inside', () => {
  test('such as a row that breaks the contract is 500, and tells nothing of it', async () => {
    await server.db.query(sql.unsafe`ALTER TABLE tasks DROP CONSTRAINT tasks_title_not_blank`);
    await server.db.query(sql.unsafe`UPDATE tasks SET title = ' '`);
    expectNothingLeaks(await alice('GET', path));
    expectNothingLeaks(await alice('GET', '/api/alice/tasks'));
    expectNothingLeaks(await alice('PATCH', `${path}/complete`, { body: { completed: true } }));

    await server.db.query(sql.unsafe`UPDATE tasks SET title = 'mended'`);
    expect(await alice('GET', path)).toMatchObject({ status: 200, body: { title: 'mended' } });
  });

  test('such as a CHECK constraint that the contract does not know is 500, and writes nothing', async () => {
    await server.db.query(
      sql.unsafe`ALTER TABLE tasks ADD CONSTRAINT secret_rule CHECK (title <> 'forbidden')`,
    );
    const body = { title: 'forbidden', description: null, completed: true };
    expectNothingLeaks(await alice('POST', '/api/alice/tasks', { body }));
    expectNothingLeaks(await alice('PUT', path, { body }));
    // Neither counted: the revision is that of the one task there is.
    const list = await alice('GET', '/api/alice/tasks');
    expect(list.headers.get('ETag')).toBe('"1"');
    expect(list.body.items).toHaveLength(1);
  });

  test('such as an exception raised in the database is 500, and its text stays there', async () => {
    await server.db.query(sql.unsafe`
      CREATE FUNCTION explode() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'secret-detail of %', NEW.title USING HINT = 'secret-hint'; END $$`);
    await server.db.query(sql.unsafe`
      CREATE TRIGGER explode BEFORE INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION explode()`);
    expectNothingLeaks(await alice('POST', '/api/alice/tasks', { body: { title: 'a' } }));
  });

  test('such as a missing table is 500, and the table is not named', async () => {
    await server.db.query(sql.unsafe`DROP TABLE tasks`);
    const patch = { 'Content-Type': 'application/merge-patch+json' };
    for (const answer of [
      await alice('GET', path),
      await alice('GET', '/api/alice/tasks'),
      await alice('DELETE', path),
      await alice('PATCH', path, { body: { title: 'a' }, headers: patch }),
    ]) {
      expectNothingLeaks(answer);
    }
    // A database without the tables is there, but of no use.
    expect((await alice('GET', '/readyz')).status).toBe(503);
    expect((await alice('GET', '/livez')).status).toBe(200);
  });

  test('such as a counter at its end is 500, and the counter stays', async () => {
    const end = Number.MAX_SAFE_INTEGER;
    await server.db.query(sql.unsafe`UPDATE users SET revision = ${end}`);
    expectNothingLeaks(await alice('POST', '/api/alice/tasks', { body: { title: 'a' } }));
    expect((await alice('GET', '/api/alice/tasks')).headers.get('ETag')).toBe(`"${end}"`);
  });
});
