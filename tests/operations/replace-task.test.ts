import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { signedIn } from '../support/client.ts';
import { createTask, insertTasks, revisionOf, tasksOf } from '../support/scenarios.ts';
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
  method: 'PUT',
  path: (user, id) => `${tasksOf(user)}/${id}`,
  body: { title: 'Buy oat milk', description: null, completed: false },
};

test('replaces everything that a client may set, and answers the task as stored', async () => {
  const alice = await signedIn(server.url, 'alice');
  const [task, bystander] = await insertTasks(server, 'alice', [
    { description: 'Two litres.', created_at: '2026-01-15T09:30:00.000Z' },
    {},
  ]);
  const path = `/api/alice/tasks/${task!.id}`;
  const replacement = { title: 'Buy oat milk', description: 'Barista.', completed: true };
  const startedAt = Date.now();
  const answer = await alice('PUT', path, { body: replacement });

  expect(answer.status).toBe(200);
  const { updated_at: updatedAt } = answer.body;
  expect(answer.body).toEqual({
    ...replacement,
    id: task!.id,
    user_id: 'alice',
    created_at: '2026-01-15T09:30:00.000Z',
    updated_at: expect.any(String),
    completed_at: updatedAt,
    revision: 3,
  });
  expect(Date.parse(updatedAt)).toBeGreaterThanOrEqual(startedAt - 1);
  expect(updatedAt > task!.updated_at).toBe(true);
  expect(answer.headers.get('ETag')).toBe('"3"');
  expect(answer.headers.get('Content-Type')).toBe('application/json; charset=utf-8');

  expect((await alice('GET', path)).text).toBe(answer.text);
  expect((await alice('GET', `/api/alice/tasks/${bystander!.id}`)).body).toEqual(bystander);
  expect(await revisionOf(server, 'alice')).toBe(3);
});

test('clears the description and reopens the task when it says so', async () => {
  const bert = await signedIn(server.url, 'bert');
  const task = await createTask(bert, 'bert', { description: 'a', completed: true });
  const body = { title: 'b', description: null, completed: false };
  const answer = await bert('PUT', `/api/bert/tasks/${task.id}`, { body });
  expect(answer.body).toMatchObject({ ...body, completed_at: null, created_at: task.created_at });
});

test('keeps the moment of completion of a task that stays completed', async () => {
  const carol = await signedIn(server.url, 'carol');
  const completedAt = '2026-01-15T09:30:00.000Z';
  const [task] = await insertTasks(server, 'carol', [{ completed_at: completedAt }]);
  const body = { title: 'b', description: null, completed: true };
  const answer = await carol('PUT', `/api/carol/tasks/${task!.id}`, { body });
  expect(answer.body.completed_at).toBe(completedAt);
});

test('is a write each time, also when it changes nothing', async () => {
  const dave = await signedIn(server.url, 'dave');
  const before = await createTask(dave, 'dave');
  const body = { title: before.title, description: before.description, completed: false };
  const path = `/api/dave/tasks/${before.id}`;
  const first = await dave('PUT', path, { body });
  const second = await dave('PUT', path, { body });

  expect([first.body.revision, second.body.revision]).toEqual([2, 3]);
  expect(first.body.updated_at > before.updated_at).toBe(true);
  expect(second.body.updated_at > first.body.updated_at).toBe(true);
  expect(second.body).toEqual({ ...before, updated_at: second.body.updated_at, revision: 3 });
});

test('never creates a task', async () => {
  const erin = await signedIn(server.url, 'erin');
  const path = '/api/erin/tasks/019bc0fd-89c0-7c3e-9f41-6f0c2d8e5a17';
  expect((await erin('PUT', path, { body: request.body })).status).toBe(404);
  expect((await erin('GET', '/api/erin/tasks')).body.items).toEqual([]);
  expect(await revisionOf(server, 'erin')).toBe(0);
});

const complete = { title: 'a', description: null, completed: false };

refusesBodies(() => server, request, [
  ['a body without title', { description: null, completed: false }, ['#/title']],
  ['a body without description', { title: 'a', completed: false }, ['#/description']],
  ['a body without completed', { title: 'a', description: null }, ['#/completed']],
  ['an empty object', {}, ['#/title', '#/description', '#/completed']],
  ['a title that is null', { ...complete, title: null }, ['#/title']],
  ['a title of blanks', { ...complete, title: '\u2003\n' }, ['#/title']],
  ['a title of 256 characters', { ...complete, title: 'a'.repeat(256) }, ['#/title']],
  ['a description that is not text', { ...complete, description: false }, ['#/description']],
  [
    'a description of 10,001 characters',
    { ...complete, description: 'a'.repeat(10_001) },
    ['#/description'],
  ],
  ['a text for completed', { ...complete, completed: 'false' }, ['#/completed']],
  [
    'a whole task, with the properties that the server sets',
    { ...complete, id: 'a', user_id: 'b', completed_at: null, revision: 1 },
    ['#/id', '#/user_id', '#/completed_at', '#/revision'],
  ],
]);
refusesToReadBodies(() => server, request, {
  mediaType: 'application/json',
  others: ['application/merge-patch+json'],
});
refusesMissingTasks(() => server, request);
refusesUnknownParameters(() => server, request);
refusesStrangers(() => server, request);
