import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { signedIn } from '../support/client.ts';
import {
  createTask,
  everything,
  expectHeadAsGet,
  insertTasks,
  leavingNoTrace,
  tasksOf,
} from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { refusesStrangers, refusesUnknownParameters, type ValidRequest } from './refusals.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const request: ValidRequest = {
  method: 'GET',
  path: (user) => `/api/${encodeURIComponent(user)}`,
};

test('answers zeros, and makes no row, for a user who has never written anything', async () => {
  const nobody = await signedIn(server.url, 'nobody yet');
  const before = await everything(server);
  const answer = await nobody('GET', '/api/nobody%20yet');
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({
    user_id: 'nobody yet',
    created_at: null,
    revision: 0,
    tasks: { total: 0, completed: 0, open: 0 },
  });
  expect(answer.headers.get('ETag')).toBe('"0"');
  expect(await everything(server)).toBe(before);
});

test('answers the revision, the first write and the numbers of tasks', async () => {
  const alice = await signedIn(server.url, 'alice');
  const first = await createTask(alice, 'alice');
  await createTask(alice, 'alice', { completed: true });
  const gone = await createTask(alice, 'alice');
  const done = await createTask(alice, 'alice');
  await alice('PATCH', `/api/alice/tasks/${done.id}/complete`, { body: { completed: true } });
  await alice('DELETE', `/api/alice/tasks/${gone.id}`);

  const answer = await leavingNoTrace(server, { client: alice, user: 'alice' }, () =>
    alice('GET', '/api/alice'),
  );
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({
    user_id: 'alice',
    created_at: first.created_at,
    revision: 6,
    tasks: { total: 3, completed: 2, open: 1 },
  });
  expect(answer.headers.get('ETag')).toBe('"6"');
  expect(answer.headers.get('Content-Type')).toBe('application/json; charset=utf-8');
});

test('counts the tasks of its user only, all of them', async () => {
  const [bert, carol] = [await signedIn(server.url, 'bert'), await signedIn(server.url, 'carol')];
  await insertTasks(server, 'bert', Array<object>(1234).fill({}));
  const completedAt = '2026-01-15T09:30:00.000Z';
  await insertTasks(server, 'carol', Array<object>(7).fill({ completed_at: completedAt }));
  expect((await bert('GET', '/api/bert')).body.tasks).toEqual({
    total: 1234,
    completed: 0,
    open: 1234,
  });
  expect((await carol('GET', '/api/carol')).body.tasks).toEqual({
    total: 7,
    completed: 7,
    open: 0,
  });
});

test('answers the highest revision and the earliest time exactly', async () => {
  const dave = await signedIn(server.url, 'dave');
  await server.db.query(sql.unsafe`
    INSERT INTO users (user_id, revision, created_at)
    VALUES ('dave', 9007199254740991, '1970-01-01T00:00:00.000Z')`);
  const answer = await dave('GET', '/api/dave');
  expect(answer.body).toMatchObject({
    revision: Number.MAX_SAFE_INTEGER,
    created_at: '1970-01-01T00:00:00.000Z',
  });
  expect(answer.headers.get('ETag')).toBe('"9007199254740991"');
});

test('gives the user id back as it is, whatever it is made of', async () => {
  for (const user of [
    'auth0|6f|c',
    'a/b?c#d',
    '"quoted"\\',
    '日本 🙂',
    '%41',
    "'; DROP TABLE users",
  ]) {
    const client = await signedIn(server.url, user);
    expect((await client('GET', `/api/${encodeURIComponent(user)}`)).body.user_id).toBe(user);
  }
});

test('answers HEAD as GET, without the body', async () => {
  const erin = await signedIn(server.url, 'erin');
  await createTask(erin, 'erin');
  await expectHeadAsGet(erin, '/api/erin');
  await expectHeadAsGet(erin, '/api/erin', { 'If-None-Match': '"1"' });
});

describe('If-None-Match', () => {
  test.each(['"2"', 'W/"2"', '*', '"1", "2"'])(
    'answers 304 with the entity tag and no body for %s',
    async (ifNoneMatch) => {
      const user = `fresh ${ifNoneMatch}`;
      const client = await signedIn(server.url, user);
      await insertTasks(server, user, [{}, {}]);
      const headers = { 'If-None-Match': ifNoneMatch };
      const answer = await client('GET', request.path(user, ''), { headers });
      expect(answer.status).toBe(304);
      expect(answer.headers.get('ETag')).toBe('"2"');
      expect(answer.text).toBe('');
    },
  );

  test('answers 304 without looking at a single task', async () => {
    const faythe = await signedIn(server.url, 'faythe');
    await insertTasks(server, 'faythe', [{}]);
    // Whoever reads the tasks now has to wait, and is given up after some seconds.
    await server.db.transaction(async (other) => {
      await other.query(sql.unsafe`LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE`);
      const headers = { 'If-None-Match': '"1"' };
      expect((await faythe('GET', '/api/faythe', { headers })).status).toBe(304);
    });
  });

  test('answers the user again after each write', async () => {
    const grace = await signedIn(server.url, 'grace');
    const read = (tag: string) => grace('GET', '/api/grace', { headers: { 'If-None-Match': tag } });
    expect((await read('"0"')).status).toBe(304);
    const { id } = await createTask(grace, 'grace');
    expect((await read('"0"')).body.revision).toBe(1);
    await grace('PATCH', `${tasksOf('grace')}/${id}/complete`, { body: { completed: true } });
    expect((await read('"1"')).body.tasks).toEqual({ total: 1, completed: 1, open: 0 });
    await grace('DELETE', `${tasksOf('grace')}/${id}`);
    expect((await read('"2"')).body.tasks).toEqual({ total: 0, completed: 0, open: 0 });
    expect((await read('"3"')).status).toBe(304);
  });
});

test('shows what belongs together while the user writes', async () => {
  const heidi = await signedIn(server.url, 'heidi');
  const writing = { isDone: false };
  const written = (async () => {
    for (let count = 0; count < 40; count += 1) await createTask(heidi, 'heidi');
  })().finally(() => (writing.isDone = true));
  let seen = 0;
  while (!writing.isDone) {
    const { body, headers } = await heidi('GET', '/api/heidi');
    // Every write here adds one task.
    expect(body.tasks.total).toBe(body.revision);
    expect(headers.get('ETag')).toBe(`"${body.revision}"`);
    seen += 1;
  }
  await written;
  expect(seen).toBeGreaterThan(1);
});

refusesUnknownParameters(() => server, request);
refusesStrangers(() => server, request);
