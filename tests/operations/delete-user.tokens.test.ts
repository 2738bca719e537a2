import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { AuthenticationError } from '../../src/auth/errors.ts';
import { eraseUser } from '../../src/users/erasure.ts';
import { selectUser } from '../../src/users/queries.ts';
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
import { accountOf, issuedAt, letTimePass, moveErasure, now } from './account.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const REVOKED =
  'Bearer realm="todo-api", error="invalid_token", ' +
  'error_description="The token was issued before its user was erased, or at most 5 seconds later."';

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
  const old = await issuedAt(server.url, 'alice', now() - 60);
  await createTask(old, 'alice');
  await old('DELETE', '/api/alice', { headers: { 'If-Match': '*' } });
  await letTimePass(server, 'alice');
  const client = await signedIn(server.url, 'alice');
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

describe('the moment of the erasure', () => {
  /** How far an issuer's clock may be ahead, in seconds. */
  const TOLERANCE = 5;

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

  /** What a token that was issued then is answered; when it is refused, why. */
  async function answerFor(user: string, time: number): Promise<string> {
    const { status, headers } = await (
      await issuedAt(server.url, user, time)
    )('GET', accountOf(user));
    const challenge = headers.get('WWW-Authenticate') ?? '';
    return challenge === REVOKED ? 'revoked' : `${status}${challenge}`;
  }

  test('is now', async () => {
    const before = Date.now() / 1000;
    const erasedAt = await erase('now');
    // The database has a clock of its own.
    expect(erasedAt).toBeGreaterThan(before - 1);
    expect(erasedAt).toBeLessThan(Date.now() / 1000 + 1);
  });

  test('kills every token from before it, also those of an issuer whose clock is ahead', async () => {
    const erasedAt = await erase('boundary');
    const second = Math.floor(erasedAt);
    for (const time of [second - 100, second, second + 1, second + TOLERANCE]) {
      expect([time, await answerFor('boundary', time)]).toEqual([time, 'revoked']);
    }
  });

  test.each([0, 0.001, 0.5, 0.999])(
    'kills none that is issued more than the tolerance later: %d into its second',
    async (fraction) => {
      const user = `later ${fraction}`;
      await erase(user);
      const second = now() - 60;
      await moveErasure(server, user, second + fraction);
      expect(await answerFor(user, second + TOLERANCE)).toBe('revoked');
      expect(await answerFor(user, second + fraction + TOLERANCE)).toBe('revoked');
      expect(await answerFor(user, second + fraction + TOLERANCE + 0.002)).toBe('200');
      expect(await answerFor(user, second + TOLERANCE + 1)).toBe('200');
    },
  );

  test('is no later for the clock of an issuer, so that nobody is kept out longer', async () => {
    const ahead = now() + 4;
    const erasedAt = await erase('ahead', { iat: ahead });
    expect(erasedAt).toBeLessThan(Date.now() / 1000 + 1);
    expect(await answerFor('ahead', ahead)).toBe('revoked');
  });

  test('is moved as far as the token that asked for it needs to die', async () => {
    // So it comes when the clock of the database is a minute behind that of the server.
    const user = { subject: 'behind', issuedAt: Date.now() / 1000 + 60.123_456_7 };
    expect(await eraseUser(server.db, user, undefined)).toBeUndefined();
    await expect(selectUser(server.db, user)).rejects.toThrow(AuthenticationError);
    const later = { ...user, issuedAt: user.issuedAt + 0.002 };
    expect((await selectUser(server.db, later)).revision).toBe(1);
  });

  test('counts a token that does not say when it was issued as an old one', async () => {
    await erase('timeless', { iat: undefined });
    const timeless = createClient(server.url, await signToken({ sub: 'timeless', iat: undefined }));
    expectProblem(await timeless('GET', '/api/timeless'), 401, 'invalid_token');
    await letTimePass(server, 'timeless');
    expectProblem(await timeless('GET', '/api/timeless'), 401, 'invalid_token');
    expect(await answerFor('timeless', now())).toBe('200');
  });
});
