import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { signedIn, type Answer, type Client } from '../support/client.ts';
import {
  createTask,
  expectProblem,
  insertTasks,
  tasksOf,
  type Task,
} from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { inOrder, SORTS } from './orders.ts';

// Hundreds of requests in a test, perhaps on a busy machine.
jest.setTimeout(60_000);

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

/** Where the `Link` header of a page leads: a path to be requested as it is. */
function next(page: Answer, path: string): string | undefined {
  const link = page.headers.get('Link');
  const target = /^<([^<>]+)>; rel="next"$/.exec(link ?? '')?.[1];
  if (target === undefined) {
    expect(link).toBeNull();
    expect(page.body.next_cursor).toBeNull();
    return undefined;
  }
  const url = new URL(target, server.url + path);
  expect(url.searchParams.get('cursor')).toBe(page.body.next_cursor);
  return url.pathname + url.search;
}

/** The pages that one comes to by following the links. */
async function pages(client: Client, path: string): Promise<Task[][]> {
  const found: Task[][] = [];
  for (let at: string | undefined = path; at !== undefined;) {
    const page = await client('GET', at);
    expect(page.status).toBe(200);
    found.push(page.body.items);
    at = next(page, at);
  }
  return found;
}

// Several tasks share each value, and for UTF-16 code units U+FF5E comes after U+1F642.
const TITLES = ['b', 'a', 'ab', 'B', 'é', 'e\u0301', '\uFF5E', '\u{1F642}', ' a', '10', '9', 'b'];
const MIXED = Array.from({ length: 60 }, (_, index) => ({
  title: TITLES[index % TITLES.length]!,
  created_at: new Date(Date.UTC(2026, 0, 1) + ((index * 7) % 20)).toISOString(),
  updated_at: new Date(Date.UTC(2026, 0, 2) + ((index * 11) % 15)).toISOString(),
  completed_at: index % 3 === 0 ? '2026-01-03T00:00:00.000Z' : null,
}));

describe.each(SORTS)('sort=%s', (sort) => {
  test.each([1, 7, 100])(
    'lists every task in order, %d to a page, with each filter',
    async (limit) => {
      const user = `${sort} ${limit}`;
      const client = await signedIn(server.url, user);
      const tasks = inOrder(await insertTasks(server, user, MIXED), sort);

      for (const completed of [undefined, true, false]) {
        const filter = completed === undefined ? '' : `&completed=${completed}`;
        const path = `${tasksOf(user)}?sort=${sort}&limit=${limit}${filter}`;
        const found = await pages(client, path);
        const wanted = tasks.filter(
          (task) => completed === undefined || task.completed === completed,
        );
        expect(found.flat()).toEqual(wanted);
        expect(found.slice(0, -1).every((page) => page.length === limit)).toBe(true);
        expect(found.at(-1)!.length).toBeGreaterThan(0);
      }
    },
  );
});

test('ends with a page that is exactly full', async () => {
  const alice = await signedIn(server.url, 'alice');
  await insertTasks(server, 'alice', Array(40).fill({}));
  const found = await pages(alice, '/api/alice/tasks');
  expect(found.map(({ length }) => length)).toEqual([20, 20]);
});

test('links to the next page with the same limit, order and filter', async () => {
  const bert = await signedIn(server.url, 'bert');
  await insertTasks(server, 'bert', [{}, {}, {}]);
  const path = '/api/bert/tasks?completed=false&sort=title&limit=2';
  const page = await bert('GET', path);
  const { pathname, searchParams } = new URL(next(page, path)!, server.url);
  expect(pathname).toBe('/api/bert/tasks');
  expect(Object.fromEntries(searchParams)).toEqual({
    limit: '2',
    sort: 'title',
    completed: 'false',
    cursor: page.body.next_cursor,
  });
});

test('lets the limit change from one page to the next', async () => {
  const carol = await signedIn(server.url, 'carol');
  const tasks = inOrder(await insertTasks(server, 'carol', MIXED), '-created_at');
  const { next_cursor: cursor } = (await carol('GET', '/api/carol/tasks?limit=3')).body;
  const { items } = (await carol('GET', `/api/carol/tasks?limit=100&cursor=${cursor}`)).body;
  expect(items).toEqual(tasks.slice(3));
});

test.each([
  ['reserved characters', 'a b/c?d#e%2F&f>', 'a'],
  ['255 astral characters and the longest titles', '\u{10FFFF}'.repeat(255), '\u0001'.repeat(255)],
])('pages for a user id with %s', async (_what, user, title) => {
  const client = await signedIn(server.url, user);
  const tasks = await insertTasks(server, user, [{ title }, { title }, { title }]);
  const found = await pages(client, `${tasksOf(user)}?sort=title&limit=1`);
  expect(found.flat()).toEqual(inOrder(tasks, 'title'));
});

describe('the cursor', () => {
  async function firstCursor(user: string, query = ''): Promise<string> {
    const client = await signedIn(server.url, user);
    return (await client('GET', `${tasksOf(user)}?limit=1${query}`)).body.next_cursor;
  }

  test('is good for the order and filter that it was made with, and no other', async () => {
    const dave = await signedIn(server.url, 'dave');
    await insertTasks(server, 'dave', [...MIXED]);
    const scopes = SORTS.flatMap((sort) =>
      ['', '&completed=true', '&completed=false'].map((filter) => `&sort=${sort}${filter}`),
    );
    for (const made of scopes) {
      const cursor = await firstCursor('dave', made);
      for (const used of scopes) {
        const answer = await dave('GET', `/api/dave/tasks?cursor=${cursor}${used}`);
        if (used === made) expect(answer.status).toBe(200);
        else expectProblem(answer, 400, 'invalid_cursor', ['parameter cursor']);
      }
    }
  });

  test('is refused when it has been altered or was never one', async () => {
    const erin = await signedIn(server.url, 'erin');
    await insertTasks(server, 'erin', [{ title: 'a' }, { title: 'b' }]);
    const cursor = await firstCursor('erin', '&sort=title');
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const decoded: unknown[] = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const altered = [
      'garbage',
      'W10',
      cursor.slice(0, -1),
      cursor.slice(1),
      `${cursor}A`,
      cursor + cursor,
      cursor.toLowerCase(),
      encode([...decoded, 1]),
      encode(decoded.with(-1, 'no id')),
      encode(decoded.with(-2, 'a\0')),
      encode(decoded.with(-2, 5)),
      Buffer.from(` ${JSON.stringify(decoded)}`).toString('base64url'),
    ];
    for (const text of altered) {
      const answer = await erin('GET', `/api/erin/tasks?sort=title&cursor=${text}`);
      expectProblem(answer, 400, 'invalid_cursor', ['parameter cursor']);
    }
  });

  test('is refused also when the list has not changed', async () => {
    const frank = await signedIn(server.url, 'frank');
    const headers = { 'If-None-Match': '"0"' };
    const answer = await frank('GET', '/api/frank/tasks?cursor=garbage', { headers });
    expectProblem(answer, 400, 'invalid_cursor', ['parameter cursor']);
  });

  test('goes on behind a task that has been deleted meanwhile', async () => {
    const gina = await signedIn(server.url, 'gina');
    const tasks = inOrder(await insertTasks(server, 'gina', MIXED), 'title');
    const { body } = await gina('GET', '/api/gina/tasks?sort=title&limit=5');
    await gina('DELETE', `/api/gina/tasks/${tasks[4]!.id}`);
    const path = `/api/gina/tasks?sort=title&limit=5&cursor=${body.next_cursor}`;
    expect((await gina('GET', path)).body.items).toEqual(tasks.slice(5, 10));
  });

  test('of another user leads to nothing of that user', async () => {
    await insertTasks(server, 'hugo', MIXED);
    const ivan = await signedIn(server.url, 'ivan');
    const mine = await createTask(ivan, 'ivan', { title: '\u{10FFFF}' });
    const cursor = await firstCursor('hugo', '&sort=title');
    const { body } = await ivan('GET', `/api/ivan/tasks?sort=title&cursor=${cursor}`);
    expect(body).toEqual({ items: [mine], next_cursor: null });
  });
});
