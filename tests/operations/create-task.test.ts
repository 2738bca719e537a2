import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { signedIn } from '../support/client.ts';
import { createTask, revisionOf, tasksOf, UUID_V7 } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import {
  refusesBodies,
  refusesStrangers,
  refusesToReadBodies,
  refusesUnknownParameters,
  type ValidRequest,
} from './refusals.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const request: ValidRequest = { method: 'POST', path: tasksOf, body: { title: 'Buy milk' } };

test('creates a task and answers it as stored, with its address and entity tag', async () => {
  const alice = await signedIn(server.url, 'alice');
  const startedAt = Date.now();
  const created = await alice('POST', '/api/alice/tasks', {
    body: { title: 'Buy milk', description: 'Two litres.', completed: false },
  });

  expect(created.status).toBe(201);
  const { id, created_at: createdAt } = created.body;
  expect(created.body).toEqual({
    id: expect.stringMatching(UUID_V7),
    user_id: 'alice',
    title: 'Buy milk',
    description: 'Two litres.',
    completed: false,
    created_at: expect.any(String),
    updated_at: createdAt,
    completed_at: null,
    revision: 1,
  });
  expect(Date.parse(createdAt)).toBeGreaterThanOrEqual(startedAt - 1);
  expect(Date.parse(createdAt)).toBeLessThanOrEqual(Date.now() + 1);
  expect(created.headers.get('ETag')).toBe('"1"');
  expect(created.headers.get('Location')).toBe(`/api/alice/tasks/${id}`);
  expect(created.headers.get('Content-Type')).toBe('application/json; charset=utf-8');

  const read = await alice('GET', `/api/alice/tasks/${id}`);
  expect(read.text).toBe(created.text);
  expect(read.headers.get('ETag')).toBe('"1"');
  expect((await alice('GET', '/api/alice/tasks')).body.items).toEqual([created.body]);
});

test('needs no more than a title: there is then no description, and the task is not completed', async () => {
  const bert = await signedIn(server.url, 'bert');
  expect(await createTask(bert, 'bert', { title: '0' })).toMatchObject({
    title: '0',
    description: null,
    completed: false,
    completed_at: null,
  });
});

test('creates a task that is completed from the start', async () => {
  const carol = await signedIn(server.url, 'carol');
  const task = await createTask(carol, 'carol', { completed: true });
  expect(task.completed).toBe(true);
  expect(task.completed_at).toBe(task.created_at);
});

test.each([
  ['surrounded by blanks', { title: ' \t milk\n ' }],
  ['not normalised', { title: 'e\u0301 \u00e9 \u212b' }],
  ['of 255 astral characters', { title: '\u{1F95B}'.repeat(255) }],
  ['that looks like SQL and HTML', { title: `'); DROP TABLE tasks; -- <b>&amp;\\x00` }],
  ['with an empty description', { title: 'a', description: '' }],
  ['with a description of 10,000 astral characters', { description: '\u{10FFFF}'.repeat(10_000) }],
])('keeps exactly what was sent: a task %s', async (_what, fields) => {
  const dave = await signedIn(server.url, 'dave');
  const { id } = await createTask(dave, 'dave', fields);
  const stored = await dave('GET', `/api/dave/tasks/${id}`);
  expect(stored.body).toMatchObject(fields);
});

test('takes the longest task with every character written as an escape', async () => {
  const dora = await signedIn(server.url, 'dora');
  const longest = { title: '\u{1F95B}'.repeat(255), description: '\u{10FFFF}'.repeat(10_000) };
  const escaped = JSON.stringify(longest).replaceAll(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16)}`,
  );
  const { status, body } = await dora('POST', '/api/dora/tasks', { body: escaped });
  expect(status).toBe(201);
  expect(body).toMatchObject(longest);
});

test.each([
  ['a separator', 'auth0|5f7c'],
  ['reserved characters', 'a b/c?d#e%2F&f'],
  ['characters beyond ASCII', 'Zoë \u{1F642}'],
  ['255 astral characters', '\u{10FFFF}'.repeat(255)],
])('answers an address that can be used as it is for a user id with %s', async (_what, user) => {
  const client = await signedIn(server.url, user);
  const created = await client('POST', tasksOf(user), { body: { title: 'a' } });
  expect(created.body.user_id).toBe(user);
  expect((await client('GET', created.headers.get('Location')!)).text).toBe(created.text);
});

test("counts each of a user's writes once, and each user's apart", async () => {
  const [erin, frank] = [await signedIn(server.url, 'erin'), await signedIn(server.url, 'frank')];
  const revisions: number[] = [];
  for (const [client, user] of [
    [erin, 'erin'],
    [frank, 'frank'],
    [erin, 'erin'],
  ] as const) {
    revisions.push((await createTask(client, user)).revision);
    // Refused, and so not counted.
    expect((await client('POST', tasksOf(user), { body: {} })).status).toBe(400);
  }
  expect(revisions).toEqual([1, 1, 2]);
  expect([await revisionOf(server, 'erin'), await revisionOf(server, 'frank')]).toEqual([2, 1]);
});

test('makes ids that grow with time', async () => {
  const gina = await signedIn(server.url, 'gina');
  const ids: string[] = [];
  for (let count = 0; count < 10; count += 1) ids.push((await createTask(gina, 'gina')).id);
  expect(ids).toEqual([...new Set(ids)].sort());
});

test('lets a new user create many tasks at once, before any other write', async () => {
  const hugo = await signedIn(server.url, 'hugo');
  const tasks = await Promise.all(
    Array.from({ length: 20 }, (_, index) => createTask(hugo, 'hugo', { title: `${index}` })),
  );
  const sorted = tasks.map(({ revision }) => revision).sort((a, b) => a - b);
  expect(sorted).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  expect(new Set(tasks.map(({ id }) => id)).size).toBe(20);
  expect(await revisionOf(server, 'hugo')).toBe(20);

  const list = await hugo('GET', '/api/hugo/tasks?limit=100');
  expect(list.headers.get('ETag')).toBe('"20"');
  expect(new Set(list.body.items)).toEqual(new Set(tasks));
});

test('does not keep a user whose first write was refused', async () => {
  const ivan = await signedIn(server.url, 'ivan');
  expect((await ivan('POST', '/api/ivan/tasks', { body: { title: '' } })).status).toBe(400);
  expect(await revisionOf(server, 'ivan')).toBe(0);
  expect((await ivan('GET', '/api/ivan/tasks')).headers.get('ETag')).toBe('"0"');
});

refusesBodies(() => server, request, [
  ['a task without a title', { description: 'a' }, ['#/title']],
  ['a title that is not text', { title: 5 }, ['#/title']],
  ['a title that is null', { title: null }, ['#/title']],
  ['an empty title', { title: '' }, ['#/title']],
  ['a title of blanks', { title: ' \t\u00a0\u3000\ufeff' }, ['#/title']],
  ['a title with U+0000', { title: 'a\0b' }, ['#/title']],
  ['a title of 256 characters', { title: 'a'.repeat(256) }, ['#/title']],
  ['a description that is not text', { title: 'a', description: {} }, ['#/description']],
  ['a description with U+0000', { title: 'a', description: '\0' }, ['#/description']],
  [
    'a description of 10,001 characters',
    { title: 'a', description: 'a'.repeat(10_001) },
    ['#/description'],
  ],
  ['a number for completed', { title: 'a', completed: 1 }, ['#/completed']],
  ['a text for completed', { title: 'a', completed: 'true' }, ['#/completed']],
  ['null for completed', { title: 'a', completed: null }, ['#/completed']],
  [
    'properties that the server sets',
    { title: 'a', id: 'a', user_id: 'b', revision: 9, created_at: 'c' },
    ['#/id', '#/user_id', '#/revision', '#/created_at'],
  ],
  [
    'everything that is wrong at once',
    { title: '', description: 5, completed: 'no', '~/ü': 0 },
    ['#/title', '#/description', '#/completed', '#/~0~1%C3%BC'],
  ],
]);
refusesToReadBodies(() => server, request, {
  mediaType: 'application/json',
  others: ['application/merge-patch+json', 'application/x-www-form-urlencoded'],
});
refusesUnknownParameters(() => server, request);
refusesStrangers(() => server, request);
