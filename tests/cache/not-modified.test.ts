import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { listTasks } from '../../src/tasks/list-tasks.ts';
import { getTask } from '../../src/tasks/get-task.ts';
import { startDatabaseUse } from '../../src/telemetry/statements.ts';
import { getUser } from '../../src/users/get-user.ts';
import { signedIn } from '../support/client.ts';
import { createTask } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const ABSENT = '019bc0fd-89c0-7c3e-9f41-6f0c2d8e5a17';
const principal = { subject: 'alice', issuedAt: Math.floor(Date.now() / 1000) };
const query = { sort: '-created_at', limit: 20 } as const;
const rest = { principal, body: undefined, accept: 'application/json' } as const;

let server: TestServer;
let id: string;
beforeAll(async () => {
  server = await startTestServer();
  ({ id } = await createTask(await signedIn(server.url, 'alice'), 'alice'));
});
afterAll(() => server.close());

/** The status of an answer, and the names of the statements that it took. */
function ask(read: () => Promise<{ status: number }>): Promise<[number, string[]]> {
  return new Promise((resolve, reject) =>
    startDatabaseUse((use) => {
      read().then(({ status }) => resolve([status, [...use.statements.keys()]]), reject);
    }),
  );
}

function list(tag: string) {
  const headers = { 'if-none-match': tag };
  return listTasks({ path: { user_id: 'alice' }, query, headers, ...rest }, server);
}

function account(tag: string) {
  const headers = { 'if-none-match': tag };
  return getUser({ path: { user_id: 'alice' }, query: {}, headers, ...rest }, server);
}

function task(tag: string, taskId = id) {
  const path = { user_id: 'alice', id: taskId };
  return getTask({ path, query: {}, headers: { 'if-none-match': tag }, ...rest }, server);
}

test.each([
  ['a list', list, ['select_revision'], 'select_tasks'],
  ['the account', account, ['select_revision'], 'summarise_user'],
  ['a task', task, ['select_task_revision'], 'select_task'],
])('304 for %s reads no task', async (_what, read, statements, whenChanged) => {
  expect(await ask(() => read('"1"'))).toEqual([304, statements]);
  expect(await ask(() => read('*'))).toEqual([304, statements]);
  expect(await ask(() => read('"0"'))).toEqual([200, [...statements, whenChanged]]);
});

test('a task that is not there is 404, whatever tag is sent', async () => {
  for (const tag of ['"1"', '*']) {
    expect(await ask(() => task(tag, ABSENT))).toEqual([404, ['select_task_revision']]);
  }
});
