import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { read } from '../docs/markdown.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signToken } from '../support/tokens.ts';
import { addTask } from './add-task.ts';
import { mergePatch, present, typedClient, type TypedClient } from './client.ts';

// Whole journeys of a front end, with openapi-fetch and the generated types, against a real server.

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const TASKS = '/api/{user_id}/tasks';
const TASK = '/api/{user_id}/tasks/{id}';

async function create(api: TypedClient, user_id: string, title: string) {
  const { data } = await api.POST(TASKS, { params: { path: { user_id } }, body: { title } });
  return present(data);
}

test('a task is created, read, changed, completed, reopened and deleted', async () => {
  const user_id = 'journey 1';
  const api = await typedClient(server.url, user_id);
  const created = await api.POST(TASKS, {
    params: { path: { user_id } },
    body: { title: 'Buy milk', description: 'Two litres' },
  });
  expect(created.response.status).toBe(201);
  const { id } = present(created.data);
  expect(created.response.headers.get('Location')).toBe(`/api/journey%201/tasks/${id}`);
  const path = { user_id, id };

  const got = await api.GET(TASK, { params: { path } });
  expect(got.data).toStrictEqual(created.data);

  const patched = await api.PATCH(TASK, {
    params: { path, header: { 'If-Match': got.response.headers.get('ETag') ?? '' } },
    headers: mergePatch,
    body: { description: null },
  });
  expect(patched.data).toMatchObject({ title: 'Buy milk', description: null, revision: 2 });

  const completed = await api.PATCH(`${TASK}/complete`, {
    params: { path },
    body: { completed: true },
  });
  expect(completed.data?.completed_at).toBe(completed.data?.updated_at);

  const replaced = await api.PUT(TASK, {
    params: { path },
    body: { title: 'Buy tea', description: 'Green', completed: false },
  });
  expect(replaced.data).toMatchObject({ id, title: 'Buy tea', completed_at: null });

  const deleted = await api.DELETE(TASK, { params: { path } });
  expect(deleted.response.status).toBe(204);
  const gone = await api.GET(TASK, { params: { path } });
  expect(gone.data).toBeUndefined();
  expect(gone.error?.code).toBe('task_not_found');
});

test('a list is read to its end, page by page, and read again only when it has changed', async () => {
  const user_id = 'journey 2';
  const api = await typedClient(server.url, user_id);
  for (const title of ['c', 'a', 'b', 'e', 'd']) await create(api, user_id, title);
  const titles: string[] = [];
  let cursor: string | undefined;
  do {
    const { data } = await api.GET(TASKS, {
      params: { path: { user_id }, query: { limit: 2, sort: 'title', ...(cursor && { cursor }) } },
    });
    const page = present(data);
    titles.push(...page.items.map(({ title }) => title));
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  expect(titles).toStrictEqual(['a', 'b', 'c', 'd', 'e']);

  const list = async (etag?: string) =>
    api.GET(TASKS, {
      params: { path: { user_id }, ...(etag && { header: { 'If-None-Match': etag } }) },
    });
  const etag = present((await list()).response.headers.get('ETag'));
  expect((await list(etag)).response.status).toBe(304);
  await create(api, user_id, 'f');
  expect((await list(etag)).data?.items).toHaveLength(6);
});

test('two users are kept apart', async () => {
  const [alice, bob] = [
    await typedClient(server.url, 'journey alice'),
    await typedClient(server.url, 'journey bob'),
  ];
  const { id } = await create(alice, 'journey alice', 'private');

  const path = { user_id: 'journey alice', id };
  const intruded = await bob.GET(TASK, { params: { path } });
  expect(intruded.error).toMatchObject({ status: 403, code: 'forbidden' });

  const guessed = await bob.GET(TASK, { params: { path: { user_id: 'journey bob', id } } });
  expect(guessed.error).toMatchObject({ status: 404, code: 'task_not_found' });
  const { data } = await bob.GET(TASKS, { params: { path: { user_id: 'journey bob' } } });
  expect(data).toStrictEqual({ items: [], next_cursor: null });
});

test('of two changes made from the same state one wins, and the other is made anew', async () => {
  const user_id = 'journey 4';
  const api = await typedClient(server.url, user_id);
  const { id, revision } = await create(api, user_id, 'shared');
  const rename = (title: string, etag: string) =>
    api.PATCH(TASK, {
      params: { path: { user_id, id }, header: { 'If-Match': etag } },
      headers: mergePatch,
      body: { title },
    });
  const [first, second] = await Promise.all([
    rename('one', `"${revision}"`),
    rename('two', `"${revision}"`),
  ]);
  const [won, lost] = first.data ? [first, second] : [second, first];
  expect(won.data).toBeDefined();
  expect(lost.error?.code).toBe('precondition_failed');
  const current = present(lost.response.headers.get('ETag'));
  expect(current).toBe(won.response.headers.get('ETag'));
  expect((await rename('three', current)).data?.title).toBe('three');
});

test('a request that is sent again with its key makes one task', async () => {
  const user_id = 'journey 5';
  const api = await typedClient(server.url, user_id);
  const send = (title: string, key: string) =>
    api.POST(TASKS, {
      params: { path: { user_id }, header: { 'Idempotency-Key': key } },
      body: { title },
    });
  const key = randomUUID();
  const [first, again] = [await send('once', key), await send('once', key)];
  expect(again.data).toStrictEqual(first.data);
  expect(again.response.headers.get('Idempotency-Replayed')).toBe('true');
  expect((await send('another', key)).error?.code).toBe('idempotency_key_reused');
  const { data } = await api.GET('/api/{user_id}', { params: { path: { user_id } } });
  expect(data?.tasks.total).toBe(1);
});

test('an account is exported in both formats, erased, and its token is dead', async () => {
  const user_id = 'journey 6';
  const api = await typedClient(server.url, user_id);
  const task = await create(api, user_id, 'to be taken along');
  const path = { user_id };

  const exported = await api.GET('/api/{user_id}/export', { params: { path } });
  expect(exported.data).toMatchObject({ user: { user_id }, tasks: [task] });
  const lines = await api.GET('/api/{user_id}/export', {
    params: { path },
    headers: { Accept: 'application/x-ndjson' },
    parseAs: 'text',
  });
  expect(JSON.parse(present(lines.data).split('\n')[1] ?? '')).toStrictEqual(task);

  const account = await api.GET('/api/{user_id}', { params: { path } });
  const unseen = await api.DELETE('/api/{user_id}', { params: { path } });
  expect(unseen.error?.code).toBe('precondition_required');
  const erased = await api.DELETE('/api/{user_id}', {
    params: { path, header: { 'If-Match': present(account.response.headers.get('ETag')) } },
  });
  expect(erased.response.status).toBe(204);
  const dead = await api.GET('/api/{user_id}', { params: { path } });
  expect(dead.error?.code).toBe('invalid_token');
});

test('what is invalid is named, place by place', async () => {
  const user_id = 'journey 7';
  const api = await typedClient(server.url, user_id);
  const { error } = await api.POST(TASKS, { params: { path: { user_id } }, body: { title: '' } });
  if (error?.status !== 400) throw new Error('It was not refused.');
  const places = (error.errors ?? []).map((place) => ('pointer' in place ? place.pointer : ''));
  expect(new Set(places)).toStrictEqual(new Set(['#/title']));
});

test('the health of the service is public', async () => {
  const api = await typedClient(server.url, 'journey 8');
  const { data } = await api.GET('/health', { headers: { Authorization: null } });
  expect(data?.database.status).toBe('ok');
});

describe("README's example of the client", () => {
  test('is the one that is compiled and run here', () => {
    const block = /<!-- client -->\n+```ts\n(.*?)```/s.exec(read('README.md'))?.[1];
    expect(block).toBe(read('tests/client/add-task.ts'));
  });

  test('adds a task', async () => {
    const token = await signToken({ sub: 'reader' });
    const task = await addTask(server.url, token, 'reader', 'Buy milk');
    expect(task).toMatchObject({ user_id: 'reader', title: 'Buy milk' });
  });

  test('says why it cannot', async () => {
    const token = await signToken({ sub: 'reader' });
    await expect(addTask(server.url, token, 'reader', ' ')).rejects.toThrow('invalid_request: ');
  });
});
