import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { signedIn, type Client } from '../support/client.ts';
import { createTask, insertTasks, MERGE_PATCH, tasksOf, type Task } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { inOrder, SORTS, type Sort } from './orders.ts';

// Hundreds of requests in a test, perhaps on a busy machine.
jest.setTimeout(60_000);

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const TASKS = 1000;
const OTHERS = 200;

/** Fields of the nth task: values from all over the orders, each of them shared by some tasks. */
function fieldsOf(index: number) {
  const moment = Date.UTC(2026, 0, 1) + ((index * 37) % 300) * 1000;
  const letters = ['a', 'Z', 'é', '\uFF5E', '\u{1F642}', '\u{10FFFF}'];
  return {
    title: `${letters[index % letters.length]} ${(index * 53) % 250}`,
    created_at: new Date(moment).toISOString(),
    updated_at: new Date(moment + ((index * 17) % 90) * 1000).toISOString(),
  };
}

/**
 * Walks the list to its end, and lets a round of writes go on beside the request for each page.
 *
 * @returns all that was listed, in the order of arrival
 */
async function walk(
  client: Client,
  path: string,
  writes: (round: number) => Promise<unknown>[],
): Promise<Task[]> {
  const listed: Task[] = [];
  let cursor: string | null = '';
  for (let round = 0; cursor !== null; round += 1) {
    const request = client('GET', path + (cursor && `&cursor=${cursor}`));
    const [page] = await Promise.all([request, ...writes(round)]);
    expect(page.status).toBe(200);
    listed.push(...page.body.items);
    cursor = page.body.next_cursor;
  }
  return listed;
}

/** Writes all over the list, which never touch one of the tasks that are there throughout. */
function disturb(client: Client, user: string, others: readonly Task[]) {
  return (round: number): Promise<unknown>[] => {
    const victim = (offset: number) => {
      const { id } = others[(round * 3 + offset) % others.length]!;
      return `${tasksOf(user)}/${id}`;
    };
    const body = { title: fieldsOf(round * 13).title };
    return [
      createTask(client, user, { title: fieldsOf(round * 29).title }),
      client('PATCH', victim(0), { body, headers: MERGE_PATCH }),
      client('PATCH', `${victim(1)}/complete`, { body: { completed: round % 2 === 0 } }),
      client('DELETE', victim(2)),
    ];
  };
}

const walks: [Sort, number][] = SORTS.flatMap((sort, index) => [
  [sort, 100],
  [sort, [7, 13, 37, 61, 83, 99][index]!],
]);

test.each(walks)(
  'lists a thousand tasks once each by %s, %d to a page, while others are written',
  async (sort, limit) => {
    const user = `${sort} ${limit}`;
    const client = await signedIn(server.url, user);
    const tasks = await insertTasks(
      server,
      user,
      Array.from({ length: TASKS + OTHERS }, (_, index) => fieldsOf(index)),
    );
    // Five in a row out of 30, so that both kinds lie all over the list.
    const isOther = (_: Task, index: number) => Math.floor(index / 5) % 6 === 5;
    const others = tasks.filter(isOther);
    const untouched = tasks.filter((task, index) => !isOther(task, index));
    expect([untouched.length, others.length]).toEqual([TASKS, OTHERS]);

    const path = `${tasksOf(user)}?sort=${sort}&limit=${limit}`;
    const listed = await walk(client, path, disturb(client, user, others));

    const ids = new Set(untouched.map(({ id }) => id));
    expect(listed.filter(({ id }) => ids.has(id))).toEqual(inOrder(untouched, sort));
    // What is listed at all comes in order: no page goes back behind the one before it.
    expect(listed).toEqual(inOrder(listed, sort));
    // Nothing moves in the order of creation, so not even a task that is being written is listed twice.
    if (sort.endsWith('created_at')) {
      expect(new Set(listed.map(({ id }) => id)).size).toBe(listed.length);
    }
  },
);
