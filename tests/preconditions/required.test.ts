import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { signedIn, type Client } from '../support/client.ts';
import { createTask, expectProblem, leavingNoTrace, tasksOf } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { WRITES } from './writes.ts';

let strict: TestServer;
let lenient: TestServer;
beforeAll(async () => {
  strict = await startTestServer({ REQUIRE_IF_MATCH: 'on' });
  lenient = await startTestServer({ DATABASE_URL: strict.databaseUrl });
});
afterAll(async () => {
  await lenient.close();
  await strict.close();
});

describe.each(WRITES)('%s without If-Match', (operation, write) => {
  const success = operation === 'deleteTask' ? 204 : 200;
  let client: Client;
  let path: string;
  beforeAll(async () => {
    client = await signedIn(strict.url, operation);
    path = `${tasksOf(operation)}/${(await createTask(client, operation)).id}`;
  });

  test('is 428 where it is required, says which header, and writes nothing', async () => {
    const answer = await leavingNoTrace(strict, { client, user: operation }, () =>
      write(client, path),
    );
    expectProblem(answer, 428, 'precondition_required', ['header if-match']);
    expect(answer.body.detail).toContain('If-Match');
  });

  test('is 428 also for a task that does not exist', async () => {
    const missing = `${tasksOf(operation)}/0190a5e4-7c1a-7b3e-8f00-0123456789ab`;
    expectProblem(await write(client, missing), 428, 'precondition_required', ['header if-match']);
    expectProblem(await write(client, missing, { 'If-Match': '*' }), 404, 'task_not_found');
  });

  test('is answered after who asks: 401 and 403 come first', async () => {
    const eve = await signedIn(strict.url, 'eve');
    expectProblem(await write(eve, path), 403, 'forbidden');
    const headers = { Authorization: 'Bearer x' };
    expectProblem(await write(client, path, headers), 401, 'invalid_token');
  });

  test('is all right where it is not required, and with any of its forms where it is', async () => {
    const other = await signedIn(lenient.url, operation);
    const task = await createTask(other, operation);
    const its = `${tasksOf(operation)}/${task.id}`;
    expect((await write(other, its)).status).toBe(success);

    const current = await client('GET', path);
    const headers = { 'If-Match': current.headers.get('ETag')! };
    expect((await write(client, path, headers)).status).toBe(success);
  });
});

test('requires no If-Match of what creates or reads', async () => {
  const frank = await signedIn(strict.url, 'frank');
  const task = await createTask(frank, 'frank');
  expect((await frank('GET', `${tasksOf('frank')}/${task.id}`)).status).toBe(200);
  expect((await frank('GET', tasksOf('frank'))).status).toBe(200);
});

test('ignores If-Match where the contract does not have it', async () => {
  const gina = await signedIn(strict.url, 'gina');
  const headers = { 'If-Match': '"99"' };
  expect((await gina('POST', tasksOf('gina'), { body: { title: 'a' }, headers })).status).toBe(201);
  expect((await gina('GET', tasksOf('gina'), { headers })).status).toBe(200);
});
