import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { signedIn } from '../support/client.ts';
import {
  createTask,
  everything,
  expectProblem,
  insertTasks,
  leavingNoTrace,
  revisionOf,
  tasksOf,
} from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { accountOf, issuedAt, letTimePass, moveErasure, now } from './account.ts';
import { refusesStrangers, refusesUnknownParameters, type ValidRequest } from './refusals.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const request: ValidRequest = {
  method: 'DELETE',
  path: accountOf,
  headers: { 'If-Match': '*' },
};

/** Everything that is kept under a user's name. */
async function rowsOf(user: string): Promise<{ tasks: number; keys: number }> {
  return server.db.one(sql.unsafe`
    SELECT
      (SELECT count(*) FROM tasks WHERE user_id = ${user}) AS tasks,
      (SELECT count(*) FROM idempotency_keys WHERE user_id = ${user}) AS keys`) as Promise<any>;
}

test('erases everything that the user owns, and nothing of anybody else', async () => {
  const [alice, bert] = [await signedIn(server.url, 'alice'), await signedIn(server.url, 'bert')];
  for (const [client, user] of [
    [alice, 'alice'],
    [bert, 'bert'],
  ] as const) {
    const headers = { 'Idempotency-Key': 'the-same-key' };
    const body = { title: `a secret of ${user}`, description: `another of ${user}` };
    expect((await client('POST', tasksOf(user), { body, headers })).status).toBe(201);
    await createTask(client, user, { completed: true });
  }
  const { headers } = await alice('GET', '/api/alice');
  const answer = await alice('DELETE', '/api/alice', {
    headers: { 'If-Match': headers.get('ETag')! },
  });

  expect(answer.status).toBe(204);
  expect(answer.text).toBe('');
  expect(answer.headers.get('ETag')).toBeNull();
  expect(await rowsOf('alice')).toEqual({ tasks: 0, keys: 0 });
  expect(await everything(server)).not.toContain('of alice');
  expect(await rowsOf('bert')).toEqual({ tasks: 2, keys: 1 });
  expect((await bert('GET', '/api/bert')).body).toMatchObject({ revision: 2, tasks: { total: 2 } });
});

test('erases ten thousand tasks at once', async () => {
  const carol = await signedIn(server.url, 'carol');
  await insertTasks(server, 'carol', Array<object>(10_000).fill({}));
  const answer = await carol('DELETE', '/api/carol', { headers: { 'If-Match': '"10000"' } });
  expect(answer.status).toBe(204);
  expect(await rowsOf('carol')).toEqual({ tasks: 0, keys: 0 });
});

test('does nothing without If-Match', async () => {
  const dave = await signedIn(server.url, 'dave');
  await createTask(dave, 'dave');
  const answer = await leavingNoTrace(server, { client: dave, user: 'dave' }, () =>
    dave('DELETE', '/api/dave'),
  );
  expectProblem(answer, 428, 'precondition_required', ['header if-match']);
});

describe('If-Match', () => {
  // The user under test has revision 3.
  async function erase(user: string, ifMatch: string) {
    const client = await signedIn(server.url, user);
    await insertTasks(server, user, [{}, {}, {}]);
    const attempt = () => client('DELETE', accountOf(user), { headers: { 'If-Match': ifMatch } });
    return { client, attempt };
  }

  test.each(['"3"', '*', '"1", "3"', 'W/"3", "3"'])('erases for %s', async (ifMatch) => {
    const user = `current ${ifMatch}`;
    const { attempt } = await erase(user, ifMatch);
    expect((await attempt()).status).toBe(204);
    expect(await rowsOf(user)).toEqual({ tasks: 0, keys: 0 });
    expect(await revisionOf(server, user)).toBe(4);
  });

  test.each(['"2"', '"4"', '"0"', 'W/"3"', '"33"', '"03"', '"3-ndjson"', '"1", "2"', '""'])(
    'erases nothing for %s, and answers the current entity tag',
    async (ifMatch) => {
      const user = `stale ${ifMatch}`;
      const { client, attempt } = await erase(user, ifMatch);
      const answer = await leavingNoTrace(server, { client, user }, attempt);
      expectProblem(answer, 412, 'precondition_failed');
      expect(answer.headers.get('ETag')).toBe('"3"');
    },
  );

  test.each(['3', '"3', '*, "3"'])(
    'refuses %p, which is no list of entity tags',
    async (ifMatch) => {
      const user = `malformed ${ifMatch}`;
      const { client, attempt } = await erase(user, ifMatch);
      const answer = await leavingNoTrace(server, { client, user }, attempt);
      expectProblem(answer, 400, 'invalid_request', ['header if-match']);
    },
  );

  test('takes the entity tag of an export as JSON', async () => {
    const erin = await signedIn(server.url, 'erin');
    await createTask(erin, 'erin');
    const { headers } = await erin('GET', '/api/erin/export');
    const ifMatch = headers.get('ETag')!;
    expect((await erin('DELETE', '/api/erin', { headers: { 'If-Match': ifMatch } })).status).toBe(
      204,
    );
  });

  test('saves what was written after the user had looked', async () => {
    const frank = await signedIn(server.url, 'frank');
    await createTask(frank, 'frank');
    const seen = (await frank('GET', '/api/frank')).headers.get('ETag')!;
    const late = await createTask(frank, 'frank', { title: 'written by another device' });

    const answer = await frank('DELETE', '/api/frank', { headers: { 'If-Match': seen } });
    expectProblem(answer, 412, 'precondition_failed');
    expect((await frank('GET', `/api/frank/tasks/${late.id}`)).body).toEqual(late);
  });
});

describe('a user who has never written anything', () => {
  test.each(['"0"', '*'])('is erased, too, with If-Match %s', async (ifMatch) => {
    const user = `nobody ${ifMatch}`;
    const client = await signedIn(server.url, user);
    const answer = await client('DELETE', accountOf(user), { headers: { 'If-Match': ifMatch } });
    expect(answer.status).toBe(204);
    expectProblem(await client('GET', accountOf(user)), 401, 'invalid_token');

    await letTimePass(server, user);
    const later = await signedIn(server.url, user);
    const { body } = await later('GET', accountOf(user));
    expect(body).toMatchObject({ created_at: null, revision: 1, tasks: { total: 0 } });
  });

  test('is at revision 0 and at no other', async () => {
    const grace = await signedIn(server.url, 'grace');
    const before = await everything(server);
    const answer = await grace('DELETE', '/api/grace', { headers: { 'If-Match': '"1"' } });
    expectProblem(answer, 412, 'precondition_failed');
    expect(answer.headers.get('ETag')).toBe('"0"');
    expect(await everything(server)).toBe(before);
  });
});

describe('a user who comes back', () => {
  test('starts from nothing, with entity tags that were never used before', async () => {
    const heidi = await signedIn(server.url, 'heidi');
    const used = new Set<string>();
    const note = (tag: string | null) => {
      expect(used).not.toContain(tag);
      used.add(tag!);
    };
    const { id } = await createTask(heidi, 'heidi');
    await createTask(heidi, 'heidi');
    ['"1"', '"2"'].forEach(note);
    await heidi('DELETE', '/api/heidi', { headers: { 'If-Match': '"2"' } });

    await letTimePass(server, 'heidi');
    const again = await signedIn(server.url, 'heidi');
    const empty = await again('GET', '/api/heidi');
    expect(empty.body).toEqual({
      user_id: 'heidi',
      created_at: null,
      revision: 3,
      tasks: { total: 0, completed: 0, open: 0 },
    });
    note(empty.headers.get('ETag'));
    const list = await again('GET', '/api/heidi/tasks');
    expect(list.body).toEqual({ items: [], next_cursor: null });
    expect(list.headers.get('ETag')).toBe('"3"');
    expectProblem(await again('GET', `/api/heidi/tasks/${id}`), 404, 'task_not_found');

    const first = await createTask(again, 'heidi');
    note(`"${first.revision}"`);
    const user = await again('GET', '/api/heidi');
    expect(user.headers.get('ETag')).toBe(`"${first.revision}"`);
    expect(user.body.tasks.total).toBe(1);
    expect(Date.parse(user.body.created_at)).toBeGreaterThan(Date.now() - 5_000);
  });

  test('can be erased again and again, with or without having written, and the old tokens stay dead', async () => {
    const start = now() - 100;
    const clients = [];
    for (const [index, isWriter] of [true, false, false, true].entries()) {
      const time = start + 10 * index;
      const client = await issuedAt(server.url, 'ivan', time);
      if (isWriter) await createTask(client, 'ivan');
      const { body } = await client('GET', '/api/ivan');
      expect(body.tasks.total).toBe(isWriter ? 1 : 0);
      const headers = { 'If-Match': `"${body.revision}"` };
      expect((await client('DELETE', '/api/ivan', { headers })).status).toBe(204);
      await moveErasure(server, 'ivan', time + 1);
      clients.push(client);
      for (const old of clients) expectProblem(await old('GET', '/api/ivan'), 401, 'invalid_token');
    }
    expect(await revisionOf(server, 'ivan')).toBe(6);
  });

  test('may use an idempotency key that was used before the erasure', async () => {
    const judy = await signedIn(server.url, 'judy');
    const post = { body: { title: 'a' }, headers: { 'Idempotency-Key': 'key' } };
    const { body } = await judy('POST', '/api/judy/tasks', post);
    await judy('DELETE', '/api/judy', { headers: { 'If-Match': '*' } });

    await letTimePass(server, 'judy');
    const again = await signedIn(server.url, 'judy');
    const answer = await again('POST', '/api/judy/tasks', post);
    expect(answer.status).toBe(201);
    expect(answer.headers.get('Idempotency-Replayed')).toBeNull();
    expect(answer.body.id).not.toBe(body.id);
  });
});

refusesUnknownParameters(() => server, request);
refusesStrangers(() => server, request);
