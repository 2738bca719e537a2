import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { signedIn } from '../support/client.ts';
import { createTask, MERGE_PATCH, revisionOf, type Task } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

// Hundreds of requests in a test, perhaps on a busy machine.
jest.setTimeout(60_000);

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

function consecutive(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

const byRevision = (a: Task, b: Task) => a.revision - b.revision;

test('puts twenty writes to one task at once in an order, and the last one stands', async () => {
  const alice = await signedIn(server.url, 'alice');
  const { id } = await createTask(alice, 'alice');
  const path = `/api/alice/tasks/${id}`;
  const answers = await Promise.all(
    consecutive(1, 20).map((number) => {
      const title = `write ${number}`;
      if (number % 3 === 0) {
        return alice('PUT', path, { body: { title, description: null, completed: true } });
      }
      if (number % 3 === 1) {
        return alice('PATCH', `${path}/complete`, { body: { completed: number % 2 === 0 } });
      }
      return alice('PATCH', path, { body: { title }, headers: MERGE_PATCH });
    }),
  );

  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
  const writes: Task[] = answers.map(({ body }) => body).sort(byRevision);
  expect(writes.map(({ revision }) => revision)).toEqual(consecutive(2, 20));
  const times = writes.map(({ updated_at: updatedAt }) => updatedAt);
  expect(times).toEqual([...new Set(times)].sort());

  const final = await alice('GET', path);
  expect(final.body).toEqual(writes.at(-1));
  expect(final.headers.get('ETag')).toBe('"21"');
  expect(await revisionOf(server, 'alice')).toBe(21);
});

test('builds each write on the one before it, so that none is lost', async () => {
  const bert = await signedIn(server.url, 'bert');
  const { id } = await createTask(bert, 'bert');
  const path = `/api/bert/tasks/${id}`;
  // Each changes one property only: had one of them started from an old state, the other would be undone.
  await Promise.all(
    [{ title: 'b' }, { description: 'c' }, { completed: true }].map((body) =>
      bert('PATCH', path, { body, headers: MERGE_PATCH }),
    ),
  );
  expect((await bert('GET', path)).body).toMatchObject({
    title: 'b',
    description: 'c',
    completed: true,
    revision: 4,
  });
});

test('completes a task once when it is completed twice at once', async () => {
  const carol = await signedIn(server.url, 'carol');
  const { id } = await createTask(carol, 'carol');
  const answers = await Promise.all(
    consecutive(1, 10).map(() =>
      carol('PATCH', `/api/carol/tasks/${id}/complete`, { body: { completed: true } }),
    ),
  );
  const tasks: Task[] = answers.map(({ body }) => body).sort(byRevision);
  const moments = new Set(tasks.map(({ completed_at: completedAt }) => completedAt));
  expect([...moments]).toEqual([tasks[0]!.updated_at]);
});

test("counts writes to many of a user's tasks at once without a gap, and users do not disturb each other", async () => {
  const users = await Promise.all(
    ['dave', 'erin'].map(async (name) => {
      const client = await signedIn(server.url, name);
      const tasks = [];
      for (let count = 0; count < 10; count += 1) tasks.push(await createTask(client, name));
      return { name, client, tasks };
    }),
  );
  await Promise.all(
    users.map(async ({ name, client, tasks }) => {
      const answers = await Promise.all(
        tasks.map(({ id }) =>
          client('PATCH', `/api/${name}/tasks/${id}`, {
            body: { title: 'b' },
            headers: MERGE_PATCH,
          }),
        ),
      );
      const revisions = answers.map(({ body }) => body.revision).sort((a, b) => a - b);
      expect(revisions).toEqual(consecutive(11, 10));
      expect(await revisionOf(server, name)).toBe(20);
    }),
  );
});

test('lets a deletion that races writes come before or after each of them, and counts what happened', async () => {
  const frank = await signedIn(server.url, 'frank');
  for (let round = 0; round < 20; round += 1) {
    const created = await createTask(frank, 'frank');
    const path = `/api/frank/tasks/${created.id}`;
    const write = () => frank('PATCH', path, { body: { title: 'b' }, headers: MERGE_PATCH });
    const requests = [write(), write(), frank('DELETE', path), write(), write()];
    const [first, second, deletion, third, fourth] = await Promise.all(requests);
    const writes = [first!, second!, third!, fourth!];

    expect(deletion!.status).toBe(204);
    const succeeded = writes.filter(({ status }) => status === 200);
    const missed = writes.filter(({ status }) => status === 404);
    expect(succeeded.length + missed.length).toBe(4);
    const revisions = succeeded.map(({ body }) => body.revision).sort((a, b) => a - b);
    expect(revisions).toEqual(consecutive(created.revision + 1, succeeded.length));
    // The deletion is the last write: one more than those before it.
    expect(await revisionOf(server, 'frank')).toBe(created.revision + succeeded.length + 1);
    expect((await frank('GET', path)).status).toBe(404);
  }
});

test('lets exactly one of several deletions win', async () => {
  const gina = await signedIn(server.url, 'gina');
  for (let round = 0; round < 10; round += 1) {
    const { id, revision } = await createTask(gina, 'gina');
    const answers = await Promise.all(
      consecutive(1, 4).map(() => gina('DELETE', `/api/gina/tasks/${id}`)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 404, 404, 404]);
    expect(await revisionOf(server, 'gina')).toBe(revision + 1);
  }
});
