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
  method: 'PATCH',
  path: (user, id) => `${tasksOf(user)}/${id}/complete`,
  body: { completed: true },
};

test('completes a task now, leaves the rest, and answers the task as stored', async () => {
  const alice = await signedIn(server.url, 'alice');
  const [task, bystander] = await insertTasks(server, 'alice', [
    { description: 'Two litres.', created_at: '2026-01-15T09:30:00.000Z' },
    {},
  ]);
  const path = `/api/alice/tasks/${task!.id}`;
  const startedAt = Date.now();
  const answer = await alice('PATCH', `${path}/complete`, { body: { completed: true } });

  expect(answer.status).toBe(200);
  const { completed_at: completedAt } = answer.body;
  expect(answer.body).toEqual({
    ...task,
    completed: true,
    completed_at: expect.any(String),
    updated_at: completedAt,
    revision: 3,
  });
  expect(Date.parse(completedAt)).toBeGreaterThanOrEqual(startedAt - 1);
  expect(completedAt > task!.updated_at).toBe(true);
  expect(answer.headers.get('ETag')).toBe('"3"');
  expect(answer.headers.get('Content-Type')).toBe('application/json; charset=utf-8');

  expect((await alice('GET', path)).text).toBe(answer.text);
  expect((await alice('GET', `/api/alice/tasks/${bystander!.id}`)).body).toEqual(bystander);
  expect(await revisionOf(server, 'alice')).toBe(3);
});

test('reopens a task and forgets when it was completed', async () => {
  const bert = await signedIn(server.url, 'bert');
  const task = await createTask(bert, 'bert', { completed: true });
  const path = `/api/bert/tasks/${task.id}/complete`;
  const { body } = await bert('PATCH', path, { body: { completed: false } });
  expect(body).toEqual({
    ...task,
    completed: false,
    completed_at: null,
    updated_at: body.updated_at,
    revision: 2,
  });
});

test('keeps the first moment when a completed task is completed again, which still is a write', async () => {
  const carol = await signedIn(server.url, 'carol');
  const [task] = await insertTasks(server, 'carol', [{ completed_at: '2026-01-15T09:30:00.000Z' }]);
  const path = `/api/carol/tasks/${task!.id}/complete`;
  const { body } = await carol('PATCH', path, { body: { completed: true } });
  expect(body).toEqual({ ...task, updated_at: body.updated_at, revision: 2 });
  expect(body.updated_at > task!.updated_at).toBe(true);
});

test('leaves an open task open', async () => {
  const dave = await signedIn(server.url, 'dave');
  const task = await createTask(dave, 'dave');
  const path = `/api/dave/tasks/${task.id}/complete`;
  const { body } = await dave('PATCH', path, { body: { completed: false } });
  expect(body).toEqual({ ...task, updated_at: body.updated_at, revision: 2 });
  expect(body.updated_at > task.updated_at).toBe(true);
});

test('moves the task between the filters of the list', async () => {
  const erin = await signedIn(server.url, 'erin');
  const { id } = await createTask(erin, 'erin');
  const listed = async (completed: boolean) =>
    (await erin('GET', `/api/erin/tasks?completed=${completed}`)).body.items.length;

  expect([await listed(true), await listed(false)]).toEqual([0, 1]);
  await erin('PATCH', `/api/erin/tasks/${id}/complete`, { body: { completed: true } });
  expect([await listed(true), await listed(false)]).toEqual([1, 0]);
  await erin('PATCH', `/api/erin/tasks/${id}/complete`, { body: { completed: false } });
  expect([await listed(true), await listed(false)]).toEqual([0, 1]);
});

refusesBodies(() => server, request, [
  ['an empty object', {}, ['#/completed']],
  ['null', { completed: null }, ['#/completed']],
  ['a number', { completed: 1 }, ['#/completed']],
  ['a text', { completed: 'true' }, ['#/completed']],
  ['any other property', { completed: true, title: 'a' }, ['#/title']],
]);
refusesToReadBodies(() => server, request, {
  mediaType: 'application/json',
  others: ['application/merge-patch+json'],
});
refusesMissingTasks(() => server, request);
refusesUnknownParameters(() => server, request);
refusesStrangers(() => server, request);
