import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { signedIn } from '../support/client.ts';
import { createTask, everything, insertTasks, revisionOf, tasksOf } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import {
  refusesMissingTasks,
  refusesStrangers,
  refusesUnknownParameters,
  type ValidRequest,
} from './refusals.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const request: ValidRequest = { method: 'DELETE', path: (user, id) => `${tasksOf(user)}/${id}` };

test('deletes the task for good, and no other', async () => {
  const alice = await signedIn(server.url, 'alice');
  const [before, task, after] = await insertTasks(server, 'alice', [{}, {}, {}]);
  const path = `/api/alice/tasks/${task!.id}`;
  const answer = await alice('DELETE', path);

  expect(answer.status).toBe(204);
  expect(answer.text).toBe('');
  expect(answer.headers.get('Content-Type')).toBeNull();
  expect(answer.headers.get('ETag')).toBeNull();
  expect((await alice('GET', path)).status).toBe(404);
  expect((await alice('DELETE', path)).status).toBe(404);
  const { items } = (await alice('GET', '/api/alice/tasks')).body;
  expect(new Set(items)).toEqual(new Set([before, after]));
  expect(await everything(server)).not.toContain(task!.id);
});

test('is one write of the user: the counter moves on, and no number is used twice', async () => {
  const bert = await signedIn(server.url, 'bert');
  const { id } = await createTask(bert, 'bert');
  await bert('DELETE', `/api/bert/tasks/${id}`);
  expect(await revisionOf(server, 'bert')).toBe(2);
  // Again, in vain: that is no write.
  await bert('DELETE', `/api/bert/tasks/${id}`);
  expect((await createTask(bert, 'bert')).revision).toBe(3);
});

test('keeps the counter when the last task is gone', async () => {
  const carol = await signedIn(server.url, 'carol');
  const { id } = await createTask(carol, 'carol');
  await carol('DELETE', `/api/carol/tasks/${id}`);
  const list = await carol('GET', '/api/carol/tasks');
  expect(list.body).toEqual({ items: [], next_cursor: null });
  expect(list.headers.get('ETag')).toBe('"2"');
});

test("leaves another user's task alone that has the same id", async () => {
  const [dave, erin] = [await signedIn(server.url, 'dave'), await signedIn(server.url, 'erin')];
  const id = '019bc0fd-89c0-7c3e-9f41-6f0c2d8e5a17';
  await insertTasks(server, 'dave', [{ id }]);
  const [kept] = await insertTasks(server, 'erin', [{ id }]);

  expect((await dave('DELETE', `/api/dave/tasks/${id}`)).status).toBe(204);
  expect((await erin('GET', `/api/erin/tasks/${id}`)).body).toEqual(kept);
  expect(await revisionOf(server, 'erin')).toBe(1);
});

refusesMissingTasks(() => server, request);
refusesUnknownParameters(() => server, request);
refusesStrangers(() => server, request);
