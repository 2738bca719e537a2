import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { createClient, signedIn, type RequestOptions } from '../support/client.ts';
import { operations } from '../support/contract.ts';
import {
  createTask,
  everything,
  expectProblem,
  leavingNoTrace,
  MERGE_PATCH,
} from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signToken } from '../support/tokens.ts';
import { accountOf, issuedAt, now } from './account.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const REVOKED =
  'Bearer realm="todo-api", error="invalid_token", ' +
  'error_description="The token was issued before its user was erased."';

/** A valid request of every operation that takes a token; the user has one task. */
const requests: Record<string, (id: string) => [string, string, RequestOptions?]> = {
  getUser: () => ['GET', ''],
  deleteUser: () => ['DELETE', '', { headers: { 'If-Match': '*' } }],
  exportUser: () => ['GET', '/export'],
  listTasks: () => ['GET', '/tasks'],
  createTask: () => ['POST', '/tasks', { body: { title: 'risen' } }],
  getTask: (id) => ['GET', `/tasks/${id}`],
  replaceTask: (id) => [
    'PUT',
    `/tasks/${id}`,
    { body: { title: 'risen', description: null, completed: true } },
  ],
  updateTask: (id) => ['PATCH', `/tasks/${id}`, { body: { title: 'risen' }, headers: MERGE_PATCH }],
  deleteTask: (id) => ['DELETE', `/tasks/${id}`],
  setTaskCompletion: (id) => ['PATCH', `/tasks/${id}/complete`, { body: { completed: true } }],
};

test('the operations tried here are all that take a token', () => {
  const secured = operations.filter(({ responses }) => '401' in responses).map(({ id }) => id);
  expect(Object.keys(requests).sort()).toEqual(secured.sort());
});

describe.each(Object.keys(requests))('a token from before the erasure, for %s', (operation) => {
  async function erased() {
    const user = `erased ${operation}`;
    const old = await signedIn(server.url, user);
    const { id } = await createTask(old, user);
    await old('DELETE', accountOf(user), { headers: { 'If-Match': '*' } });
    const [method, path, options] = requests[operation]!(id);
    return { user, send: () => old(method, accountOf(user) + path, options) };
  }

  test('is refused while the user is gone, and brings nothing back', async () => {
    const { send } = await erased();
    const before = await everything(server);
    const answer = await send();
    expectProblem(answer, 401, 'invalid_token');
    expect(answer.headers.get('WWW-Authenticate')).toBe(REVOKED);
    expect(await everything(server)).toBe(before);
  });
});

test('a token from before the erasure stays refused when the user has come back', async () => {
  const old = await signedIn(server.url, 'alice');
  await createTask(old, 'alice');
  await old('DELETE', '/api/alice', { headers: { 'If-Match': '*' } });
  const client = await issuedAt(server.url, 'alice', now() + 1);
  const { id } = await createTask(client, 'alice');

  for (const request of Object.values(requests)) {
    const [method, path, options] = request(id);
    const answer = await leavingNoTrace(server, { client, user: 'alice' }, () =>
      old(method, `/api/alice${path}`, options),
    );
    expectProblem(answer, 401, 'invalid_token');
    expect(answer.headers.get('WWW-Authenticate')).toBe(REVOKED);
  }
});

test.each([
  ['getUser', '', { 'If-None-Match': '*' }],
  ['listTasks', '/tasks', { 'If-None-Match': '*' }],
  ['exportUser', '/export', { 'If-None-Match': '*' }],
])('a token from before the erasure gets no 304 of %s either', async (_, path, headers) => {
  const user = `304${path}`;
  const old = await signedIn(server.url, user);
  await old('DELETE', accountOf(user), { headers: { 'If-Match': '*' } });
  expectProblem(await old('GET', accountOf(user) + path, { headers }), 401, 'invalid_token');
});

test('the erasure is refused as such, whatever If-Match says', async () => {
  const old = await signedIn(server.url, 'bert');
  await createTask(old, 'bert');
  await old('DELETE', '/api/bert', { headers: { 'If-Match': '"1"' } });
  for (const ifMatch of ['"1"', '"2"', '"7"']) {
    const answer = await old('DELETE', '/api/bert', { headers: { 'If-Match': ifMatch } });
    expectProblem(answer, 401, 'invalid_token');
  }
});

describe('the second of the erasure', () => {
  /** Erases a user, and answers when that was, in seconds since the epoch. */
  async function erase(user: string, token: Record<string, unknown> = {}): Promise<number> {
    const client = createClient(server.url, await signToken({ sub: user, ...token }));
    await createTask(client, user);
    const headers = { 'If-Match': '*' };
    expect((await client('DELETE', accountOf(user), { headers })).status).toBe(204);
    return Number(
      await server.db.oneFirst(sql.unsafe`
        SELECT extract(epoch FROM erased_at)::float8 FROM users WHERE user_id = ${user}`),
    );
  }

  /** What a token that was issued then is answered. */
  async function statusFor(user: string, time: number): Promise<number> {
    return (await (await issuedAt(server.url, user, time))('GET', accountOf(user))).status;
  }

  test('kills every token that was issued in it, and none that was issued in the next one', async () => {
    for (let trial = 0; trial < 10; trial += 1) {
      const user = `boundary ${trial}`;
      const erasedAt = await erase(user);
      const second = Math.floor(erasedAt);
      expect(await statusFor(user, second - 100)).toBe(401);
      expect(await statusFor(user, second)).toBe(401);
      expect(await statusFor(user, second + 1)).toBe(200);
      expect(Math.abs(erasedAt - Date.now() / 1000)).toBeLessThan(5);
    }
  });

  test('kills the token that asked for it even when its issuer has a clock that is ahead', async () => {
    const ahead = now() + 3;
    expect(await erase('ahead', { iat: ahead })).toBe(ahead);
    expect(await statusFor('ahead', ahead)).toBe(401);
    expect(await statusFor('ahead', ahead + 1)).toBe(200);
  });

  test('kills the token that asked for it when its time has a fraction', async () => {
    const ahead = now() + 2.123_456_7;
    await erase('fraction', { iat: ahead });
    expect(await statusFor('fraction', ahead)).toBe(401);
    expect(await statusFor('fraction', ahead + 0.002)).toBe(200);
  });

  test('counts a token that does not say when it was issued as an old one', async () => {
    await erase('timeless', { iat: undefined });
    const timeless = createClient(server.url, await signToken({ sub: 'timeless', iat: undefined }));
    expectProblem(await timeless('GET', '/api/timeless'), 401, 'invalid_token');
    expect(await statusFor('timeless', now() + 1)).toBe(200);
  });
});
