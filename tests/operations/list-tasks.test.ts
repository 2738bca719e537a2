import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { signedIn } from '../support/client.ts';
import {
  createTask,
  expectHeadAsGet,
  expectProblem,
  insertTasks,
  leavingNoTrace,
  MERGE_PATCH,
  tasksOf,
} from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { refusesStrangers, refusesUnknownParameters, type ValidRequest } from './refusals.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const request: ValidRequest = { method: 'GET', path: tasksOf };

/** Tasks created one second after the other. */
function secondsApart(count: number) {
  return Array.from({ length: count }, (_, index) => ({
    created_at: new Date(Date.UTC(2026, 0, 1) + index * 1000).toISOString(),
  }));
}

test('answers the tasks of the user, whole and the newest first', async () => {
  const alice = await signedIn(server.url, 'alice');
  const [milk, bread] = await insertTasks(server, 'alice', [
    { title: 'Buy milk', description: 'Two litres.', created_at: '2026-01-15T09:30:00.000Z' },
    { title: 'Buy bread', completed_at: '2026-01-15T09:31:00.000Z' },
  ]);
  await insertTasks(server, 'somebody else', [{}]);

  const answer = await leavingNoTrace(server, { client: alice, user: 'alice' }, () =>
    alice('GET', '/api/alice/tasks'),
  );
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({ items: [bread, milk], next_cursor: null });
  expect(answer.headers.get('ETag')).toBe('"2"');
  expect(answer.headers.get('Link')).toBeNull();
  expect(answer.headers.get('Content-Type')).toBe('application/json; charset=utf-8');
});

test('answers an empty list to a user who has never written', async () => {
  const bert = await signedIn(server.url, 'bert');
  const answer = await bert('GET', '/api/bert/tasks');
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({ items: [], next_cursor: null });
  expect(answer.headers.get('ETag')).toBe('"0"');
  expect(answer.headers.get('Link')).toBeNull();
});

test('answers 20 tasks unless asked for another number, from 1 to 100', async () => {
  const carol = await signedIn(server.url, 'carol');
  const tasks = (await insertTasks(server, 'carol', secondsApart(101))).toReversed();

  for (const [query, limit] of [
    ['', 20],
    ['?limit=1', 1],
    ['?limit=100', 100],
  ] as const) {
    const { body } = await carol('GET', `/api/carol/tasks${query}`);
    expect(body.items).toEqual(tasks.slice(0, limit));
    expect(body.next_cursor).toEqual(expect.any(String));
  }
});

test('answers only completed or only open tasks when asked to', async () => {
  const dave = await signedIn(server.url, 'dave');
  const fields = secondsApart(7).map((task, index) => ({
    ...task,
    completed_at: index % 3 === 0 ? task.created_at : null,
  }));
  const tasks = (await insertTasks(server, 'dave', fields)).toReversed();
  const list = async (query: string) => (await dave('GET', `/api/dave/tasks?${query}`)).body.items;

  expect(await list('completed=true')).toEqual(tasks.filter(({ completed }) => completed));
  expect(await list('completed=false')).toEqual(tasks.filter(({ completed }) => !completed));
  expect(await list('')).toEqual(tasks);
});

test.each([
  ['limit=0', ['parameter limit']],
  ['limit=101', ['parameter limit']],
  ['limit=-1', ['parameter limit']],
  ['limit=1.5', ['parameter limit']],
  ['limit=many', ['parameter limit']],
  ['limit=', ['parameter limit']],
  ['limit=5&limit=6', ['parameter limit']],
  ['completed=yes', ['parameter completed']],
  ['completed=1', ['parameter completed']],
  ['completed=', ['parameter completed']],
  ['sort=revision', ['parameter sort']],
  ['sort=Title', ['parameter sort']],
  ['sort=', ['parameter sort']],
  ['sort=title&sort=title', ['parameter sort']],
  ['cursor=', ['parameter cursor']],
  ['cursor=a%20b', ['parameter cursor']],
  ['cursor=YQ==', ['parameter cursor']],
  [`cursor=${'a'.repeat(2401)}`, ['parameter cursor']],
  ['offset=20', ['parameter offset']],
  [
    'limit=0&completed=no&sort=x&cursor=!&page=2',
    ['limit', 'completed', 'sort', 'cursor', 'page'].map((name) => `parameter ${name}`),
  ],
])('refuses the query %p', async (query, places) => {
  const erin = await signedIn(server.url, 'erin');
  // Nothing but the cursor is wrong.
  const code = query.startsWith('cursor=') ? 'invalid_cursor' : 'invalid_request';
  expectProblem(await erin('GET', `/api/erin/tasks?${query}`), 400, code, places);
});

test('answers HEAD as GET, without the body', async () => {
  const frank = await signedIn(server.url, 'frank');
  await insertTasks(server, 'frank', [{}, {}, {}]);
  await expectHeadAsGet(frank, '/api/frank/tasks');
  await expectHeadAsGet(frank, '/api/frank/tasks?limit=2&sort=title');
  await expectHeadAsGet(frank, '/api/frank/tasks?limit=0');
  await expectHeadAsGet(frank, '/api/frank/tasks', { 'If-None-Match': '"3"' });
});

test('gives the list a new entity tag with every write of the user, and with no other', async () => {
  const gina = await signedIn(server.url, 'gina');
  const path = '/api/gina/tasks';
  /** The entity tag, which must be a new one to a client that knows `known`, and known from then on. */
  const tagAfter = async (known: string) => {
    const changed = await gina('GET', path, { headers: { 'If-None-Match': known } });
    expect(changed.status).toBe(200);
    const tag = changed.headers.get('ETag')!;
    expect((await gina('GET', path, { headers: { 'If-None-Match': tag } })).status).toBe(304);
    return tag;
  };

  const { id } = await createTask(gina, 'gina');
  expect(await tagAfter('"0"')).toBe('"1"');
  await gina('PUT', `${path}/${id}`, { body: { title: 'b', description: null, completed: false } });
  expect(await tagAfter('"1"')).toBe('"2"');
  await gina('PATCH', `${path}/${id}`, { body: { title: 'c' }, headers: MERGE_PATCH });
  expect(await tagAfter('"2"')).toBe('"3"');
  await gina('PATCH', `${path}/${id}/complete`, { body: { completed: true } });
  expect(await tagAfter('"3"')).toBe('"4"');
  await gina('DELETE', `${path}/${id}`);
  expect(await tagAfter('"4"')).toBe('"5"');

  await createTask(await signedIn(server.url, 'hugo'), 'hugo');
  await gina('DELETE', `${path}/${id}`);
  await gina('POST', path, { body: {} });
  const answer = await gina('GET', path, { headers: { 'If-None-Match': '"5"' } });
  expect(answer.status).toBe(304);
});

test.each(['"3"', 'W/"3"', '*', '"1", "3"', ', W/"3" ,'])(
  'answers 304 with the entity tag and no body for If-None-Match: %s',
  async (ifNoneMatch) => {
    const user = `fresh ${ifNoneMatch}`;
    const client = await signedIn(server.url, user);
    await insertTasks(server, user, [{}, {}, {}]);
    const headers = { 'If-None-Match': ifNoneMatch };
    for (const query of ['', '?limit=1&sort=title&completed=true']) {
      const answer = await client('GET', tasksOf(user) + query, { headers });
      expect(answer.status).toBe(304);
      expect(answer.headers.get('ETag')).toBe('"3"');
      expect(answer.headers.get('Content-Type')).toBeNull();
      expect(answer.text).toBe('');
    }
  },
);

test.each(['"2"', 'W/"4"', '"03"', '"2", "4"', '""'])(
  'answers the list for If-None-Match: %s, which is not its entity tag',
  async (ifNoneMatch) => {
    const user = `stale ${ifNoneMatch}`;
    const client = await signedIn(server.url, user);
    await insertTasks(server, user, [{}, {}, {}]);
    const answer = await client('GET', tasksOf(user), {
      headers: { 'If-None-Match': ifNoneMatch },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('ETag')).toBe('"3"');
    expect(answer.body.items).toHaveLength(3);
  },
);

test.each(['', '3', '"3', '"1" "3"', '*, "3"'])(
  'refuses If-None-Match: %p, which is no list of entity tags',
  async (ifNoneMatch) => {
    const ivan = await signedIn(server.url, 'ivan');
    const answer = await ivan('GET', '/api/ivan/tasks', {
      headers: { 'If-None-Match': ifNoneMatch },
    });
    expectProblem(answer, 400, 'invalid_request', ['header if-none-match']);
  },
);

test('answers 304 to a user who has never written and knows it, and the list after the first write', async () => {
  const judy = await signedIn(server.url, 'judy');
  const headers = { 'If-None-Match': '"0"' };
  expect((await judy('GET', '/api/judy/tasks', { headers })).status).toBe(304);
  const task = await createTask(judy, 'judy');
  expect((await judy('GET', '/api/judy/tasks', { headers })).body.items).toEqual([task]);
});

refusesUnknownParameters(() => server, request);
refusesStrangers(() => server, request);
