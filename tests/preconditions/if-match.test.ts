import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { signedIn } from '../support/client.ts';
import { sendRaw } from '../support/raw.ts';
import { createTask, expectProblem, leavingNoTrace, tasksOf } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signToken } from '../support/tokens.ts';
import { WRITES } from './writes.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

let users = 0;

/** A new user with one task, which is at revision 1. */
async function userWithTask() {
  const user = `user ${(users += 1)}`;
  const client = await signedIn(server.url, user);
  const { id } = await createTask(client, user);
  return { user, client, path: `${tasksOf(user)}/${id}` };
}

describe.each(WRITES)('If-Match on %s', (operation, write) => {
  const success = operation === 'deleteTask' ? 204 : 200;

  test.each([
    '"1"',
    '*',
    '"0", "1"',
    '"1","2"',
    ', ,"1" , ,',
    'W/"1", "1"',
    '"anything", "1"',
    '"a,b", "1"',
  ])('holds when it is %s and the task is at "1"', async (field) => {
    const { client, path } = await userWithTask();
    const answer = await write(client, path, { 'If-Match': field });
    expect(answer.status).toBe(success);
    expect(answer.headers.get('ETag')).toBe(operation === 'deleteTask' ? null : '"2"');
    expect((await client('GET', path)).status).toBe(operation === 'deleteTask' ? 404 : 200);
  });

  test.each([
    '"0"',
    '"2", "3"',
    'W/"1"',
    'W/"1", W/"2"',
    '"01"',
    '"1.0"',
    '"1e0"',
    '"+1"',
    '"-1"',
    '"0x1"',
    '""',
    '"*"',
    '"0,1"',
    '"9007199254740993"',
    '"99999999999999999999"',
    '"\u00e9"',
  ])('fails when it is %s and the task is at "1": nothing is written', async (field) => {
    const { user, client, path } = await userWithTask();
    const answer = await leavingNoTrace(server, { client, user }, () =>
      write(client, path, { 'If-Match': field }),
    );
    expectProblem(answer, 412, 'precondition_failed');
    expect(answer.headers.get('ETag')).toBe('"1"');
  });

  test('fails with the entity tag of the state before, and holds with the one of that answer', async () => {
    const { user, client, path } = await userWithTask();
    const known = (await client('GET', path)).headers.get('ETag')!;
    // Another task of the same user makes no difference to this one.
    await createTask(client, user);
    const done = await client('PATCH', `${path}/complete`, {
      body: { completed: true },
      headers: { 'If-Match': known },
    });
    expect(done.status).toBe(200);

    const answer = await leavingNoTrace(server, { client, user }, () =>
      write(client, path, { 'If-Match': known }),
    );
    expectProblem(answer, 412, 'precondition_failed');
    const current = answer.headers.get('ETag')!;
    expect(current).toBe(done.headers.get('ETag'));
    expect((await write(client, path, { 'If-Match': current })).status).toBe(success);
  });

  test.each(['', '1', '"1', '1"', "'1'", 'w/"1"', 'W/1', '*, "1"', '"1", *', '"1" "2"', '"1 "'])(
    'is 400 when it is %p, and says where',
    async (field) => {
      const { user, client, path } = await userWithTask();
      const answer = await leavingNoTrace(server, { client, user }, () =>
        write(client, path, { 'If-Match': field }),
      );
      expectProblem(answer, 400, 'invalid_request', ['header if-match']);
    },
  );

  test.each(['*', '"1"', '"7"', 'W/"1"'])(
    'makes no difference for a task that is missing or foreign: %s is 404',
    async (field) => {
      const [mine, theirs] = [await userWithTask(), await userWithTask()];
      const foreign = theirs.path.replace(tasksOf(theirs.user), tasksOf(mine.user));
      const missing = `${tasksOf(mine.user)}/0190a5e4-7c1a-7b3e-8f00-0123456789ab`;
      for (const path of [missing, foreign]) {
        const answer = await leavingNoTrace(
          server,
          { client: theirs.client, user: theirs.user },
          () => write(mine.client, path, { 'If-Match': field }),
        );
        expectProblem(answer, 404, 'task_not_found');
        expect(answer.headers.get('ETag')).toBeNull();
      }
    },
  );
});

test('is one list when the header comes twice', async () => {
  const { user, path } = await userWithTask();
  const remove = async (...tags: string[]) =>
    sendRaw(
      server.url,
      [
        `DELETE ${path} HTTP/1.1`,
        'Host: localhost',
        `Authorization: Bearer ${await signToken({ sub: user })}`,
        ...tags.map((tag) => `If-Match: ${tag}`),
        '\r\n',
      ].join('\r\n'),
      { withoutBody: true },
    );
  expect((await remove('"5"', '"6"')).status).toBe(412);
  expect((await remove('*', '"1"')).status).toBe(400);
  expect((await remove('"5"', '"1"')).status).toBe(204);
});
