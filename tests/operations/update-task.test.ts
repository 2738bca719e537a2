import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { signedIn } from '../support/client.ts';
import { createTask, insertTasks, MERGE_PATCH, revisionOf, tasksOf } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import {
  refusesBodies,
  refusesMissingTasks,
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

const request: ValidRequest = {
  method: 'PATCH',
  path: (user, id) => `${tasksOf(user)}/${id}`,
  body: { title: 'Buy oat milk' },
  headers: MERGE_PATCH,
};

test('changes what is sent, leaves the rest, and answers the task as stored', async () => {
  const alice = await signedIn(server.url, 'alice');
  const [task, bystander] = await insertTasks(server, 'alice', [
    { description: 'Two litres.', created_at: '2026-01-15T09:30:00.000Z' },
    {},
  ]);
  const path = `/api/alice/tasks/${task!.id}`;
  const startedAt = Date.now();
  const answer = await alice('PATCH', path, { body: { title: 'b' }, headers: MERGE_PATCH });

  expect(answer.status).toBe(200);
  const { updated_at: updatedAt } = answer.body;
  expect(answer.body).toEqual({ ...task, title: 'b', updated_at: updatedAt, revision: 3 });
  expect(Date.parse(updatedAt)).toBeGreaterThanOrEqual(startedAt - 1);
  expect(updatedAt > task!.updated_at).toBe(true);
  expect(answer.headers.get('ETag')).toBe('"3"');
  expect(answer.headers.get('Content-Type')).toBe('application/json; charset=utf-8');

  expect((await alice('GET', path)).text).toBe(answer.text);
  expect((await alice('GET', `/api/alice/tasks/${bystander!.id}`)).body).toEqual(bystander);
  expect(await revisionOf(server, 'alice')).toBe(3);
});

test("leaves another user's task alone that has the same id", async () => {
  const [walt, xena] = [await signedIn(server.url, 'walt'), await signedIn(server.url, 'xena')];
  const id = '019bc0fd-89c0-7c3e-9f41-6f0c2d8e5a17';
  await insertTasks(server, 'walt', [{ id }]);
  const [kept] = await insertTasks(server, 'xena', [{ id }]);

  const changed = await walt('PATCH', `/api/walt/tasks/${id}`, {
    body: { title: 'changed' },
    headers: MERGE_PATCH,
  });
  expect(changed.body).toMatchObject({ user_id: 'walt', title: 'changed' });
  expect((await xena('GET', `/api/xena/tasks/${id}`)).body).toEqual(kept);
  expect(await revisionOf(server, 'xena')).toBe(1);
});

test('is 400 without a body, which is nothing to change', async () => {
  const client = await signedIn(server.url, 'yves');
  const { id } = await createTask(client, 'yves');
  const { status, body } = await client('PATCH', `/api/yves/tasks/${id}`);
  expect(status).toBe(400);
  expect(body.errors).toEqual([{ pointer: '#', detail: 'is required' }]);
});

const COMPLETED_AT = '2026-01-15T09:30:00.000Z';

test.each([
  ['a description of null clears it', { description: null }, { description: null }],
  ['an empty description is kept as such', { description: '' }, { description: '' }],
  ['completed alone leaves title and description', { completed: true }, {}],
  ['false reopens the task', { completed: false }, { completed: false, completed_at: null }],
  [
    'all at once is possible',
    { title: 'b', description: 'c', completed: false },
    { title: 'b', description: 'c', completed: false, completed_at: null },
  ],
])('%s', async (name, patch, changed) => {
  const client = await signedIn(server.url, name);
  const [task] = await insertTasks(server, name, [
    { title: 'a', description: 'd', completed_at: COMPLETED_AT },
  ]);
  const path = `${tasksOf(name)}/${task!.id}`;
  const { body } = await client('PATCH', path, { body: patch, headers: MERGE_PATCH });
  expect(body).toEqual({ ...task, ...changed, updated_at: body.updated_at, revision: 2 });
});

test('sets the moment of completion, keeps it while the task is completed, and clears it on reopening', async () => {
  const bert = await signedIn(server.url, 'bert');
  const { id } = await createTask(bert, 'bert');
  const patch = async (body: object) =>
    (await bert('PATCH', `/api/bert/tasks/${id}`, { body, headers: MERGE_PATCH })).body;

  const completed = await patch({ completed: true });
  expect(completed.completed_at).toBe(completed.updated_at);
  expect((await patch({ completed: true })).completed_at).toBe(completed.completed_at);
  expect((await patch({ title: 'b' })).completed_at).toBe(completed.completed_at);
  expect((await patch({ completed: false })).completed_at).toBeNull();
  const again = await patch({ completed: true });
  expect(again.completed_at).toBe(again.updated_at);
});

test('moves updated_at forward at every write, however quick, and created_at never', async () => {
  const carol = await signedIn(server.url, 'carol');
  const task = await createTask(carol, 'carol');
  const answers = [task];
  for (let count = 0; count < 30; count += 1) {
    const options = { body: { completed: count % 2 === 0 }, headers: MERGE_PATCH };
    answers.push((await carol('PATCH', `/api/carol/tasks/${task.id}`, options)).body);
  }

  const times = answers.map(({ updated_at: updatedAt }) => updatedAt);
  expect(times).toEqual([...new Set(times)].sort());
  expect(answers.map(({ revision }) => revision)).toEqual(answers.map((_, index) => index + 1));
  expect(new Set(answers.map(({ created_at: createdAt }) => createdAt)).size).toBe(1);
});

test('moves updated_at forward also when the clock has been set back', async () => {
  const dave = await signedIn(server.url, 'dave');
  const [task] = await insertTasks(server, 'dave', [{ updated_at: '2999-12-31T23:59:59.999Z' }]);
  const path = `/api/dave/tasks/${task!.id}`;
  const answer = await dave('PATCH', path, { body: { completed: true }, headers: MERGE_PATCH });
  expect(answer.body.updated_at).toBe('3000-01-01T00:00:00.000Z');
  expect(answer.body.completed_at).toBe('3000-01-01T00:00:00.000Z');
});

test("counts each of a user's writes once, and each user's apart", async () => {
  const [erin, frank] = [await signedIn(server.url, 'erin'), await signedIn(server.url, 'frank')];
  const mine = await createTask(erin, 'erin');
  const other = await createTask(erin, 'erin');
  const theirs = await createTask(frank, 'frank');
  const patch = async (client: typeof erin, user: string, id: string, body: object) =>
    client('PATCH', `${tasksOf(user)}/${id}`, { body, headers: MERGE_PATCH });

  expect((await patch(erin, 'erin', mine.id, { title: 'b' })).body.revision).toBe(3);
  expect((await patch(frank, 'frank', theirs.id, { title: 'b' })).body.revision).toBe(2);
  expect((await patch(erin, 'erin', theirs.id, { title: 'c' })).status).toBe(404);
  expect((await patch(erin, 'erin', mine.id, {})).status).toBe(400);
  expect((await patch(erin, 'erin', other.id, { title: 'b' })).body.revision).toBe(4);
  expect([await revisionOf(server, 'erin'), await revisionOf(server, 'frank')]).toEqual([4, 2]);
});

refusesBodies(() => server, request, [
  ['an empty patch', {}, ['#']],
  ['the removal of the title', { title: null }, ['#/title']],
  ['the removal of completed', { completed: null }, ['#/completed']],
  ['an empty title', { title: '' }, ['#/title']],
  ['a title of blanks', { title: '\u2003\n' }, ['#/title']],
  ['a title of 256 characters', { title: 'a'.repeat(256) }, ['#/title']],
  ['a description that is not text', { description: ['a'] }, ['#/description']],
  ['a description of 10,001 characters', { description: 'a'.repeat(10_001) }, ['#/description']],
  ['a number for completed', { completed: 0 }, ['#/completed']],
  [
    'properties that the server sets, next to one that it takes',
    { title: 'a', completed_at: null, revision: 9 },
    ['#/completed_at', '#/revision'],
  ],
  ['a JSON Patch', [{ op: 'replace', path: '/title', value: 'a' }], ['#']],
]);
refusesToReadBodies(() => server, request, {
  mediaType: 'application/merge-patch+json',
  others: ['application/json', 'application/json-patch+json'],
});
refusesMissingTasks(() => server, request);
refusesUnknownParameters(() => server, request);
refusesStrangers(() => server, request);
