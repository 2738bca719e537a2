import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { operations as generated } from '../../generated/operations.ts';
import { createClient, signedIn, type Answer } from '../support/client.ts';
import { operations, type Operation } from '../support/contract.ts';
import { createTask } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { forgeToken, signToken } from '../support/tokens.ts';
import { isPublic, successOf, validRequest, type OperationRequest } from './requests.ts';

/** The operations that answer strangers. A name may leave this list, and none may join it. */
const PUBLIC = ['getHealth', 'getLiveness', 'getReadiness'];

const OWNER = 'alice';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const publicOperations = operations.filter(isPublic);
const secured = operations.filter((operation) => !isPublic(operation));

/** Sends a request, and holds the answer against the contract. */
function send(
  { method, path, headers, body }: OperationRequest,
  authorization?: string,
): Promise<Answer> {
  return createClient(server.url)(method, path, {
    headers: { ...headers, ...(authorization !== undefined && { Authorization: authorization }) },
    ...(body !== undefined && { body }),
  });
}

/** Everything wrong that a request can be but for who sends it: each by itself would be 400, 406, 412, 415 or 422. */
function wrongRequest(operation: Operation): OperationRequest {
  const { method, path } = validRequest(operation, OWNER, 'no-id');
  return {
    method,
    path: `${path}?unheard_of=1`,
    headers: {
      Accept: 'image/png',
      'Content-Type': 'text/plain',
      'Content-Encoding': 'compress',
      'Idempotency-Key': '"',
      'If-Match': 'nonsense',
      'If-None-Match': 'nonsense',
    },
    ...(method !== 'GET' && { body: '{' }),
  };
}

/** How many rows there are, of all users together. */
function rowCount(): Promise<number> {
  return server.db.oneFirst(sql.unsafe`
    SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM tasks)
      + (SELECT count(*) FROM idempotency_keys)`) as Promise<number>;
}

const now = () => Math.floor(Date.now() / 1000);
const encoded = (text: string) => Buffer.from(text).toString('base64url');

/** Every way of not being signed in, and what the answer says of it. */
const strangers: readonly (readonly [
  string,
  () => Promise<string> | string | undefined,
  RegExp,
])[] = [
  ['no token', () => undefined, /^Bearer realm="todo-api"$/],
  ['an empty field', () => '', /^Bearer realm="todo-api"$/],
  ['another scheme', () => 'Basic YWxpY2U6c2VjcmV0', /^Bearer realm="todo-api"$/],
  ['garbage for a token', () => 'Bearer garbage', /error="invalid_token"/],
  ['a scheme without a token', () => 'Bearer', /error="invalid_token"/],
  [
    'an expired token',
    async () => `Bearer ${await signToken({ sub: OWNER, exp: now() - 1 })}`,
    /error="invalid_token", error_description="The token has expired\."/,
  ],
  [
    'a token without an end',
    async () => `Bearer ${await signToken({ sub: OWNER, exp: undefined })}`,
    /error="invalid_token"/,
  ],
  [
    'a token signed with another key',
    async () => `Bearer ${await signToken({ sub: OWNER }, { secret: 'x'.repeat(64) })}`,
    /error="invalid_token"/,
  ],
  [
    'an unsigned token',
    () => `Bearer ${encoded('{"alg":"none"}')}.${encoded(`{"sub":"${OWNER}","exp":9999999999}`)}.`,
    /error="invalid_token"/,
  ],
  [
    'a token without a subject',
    () => `Bearer ${forgeToken('{"alg":"HS256"}', '{"exp":9999999999}')}`,
    /error="invalid_token"/,
  ],
];

describe('the contract', () => {
  test('makes no operation public beyond those that were', () => {
    expect(PUBLIC).toStrictEqual(expect.arrayContaining(publicOperations.map(({ id }) => id)));
  });

  test('says of every operation what the table says that the server goes by', () => {
    const table = Object.entries(generated).map(([id, entry]) => [id, entry.public]);
    const document = operations.map((operation) => [operation.id, isPublic(operation)]);
    expect(Object.fromEntries(table)).toStrictEqual(Object.fromEntries(document));
  });

  test('names the owner in the path of every operation that is not public', () => {
    for (const { path } of secured) expect(path).toContain('{user_id}');
  });
});

describe.each(secured.map((operation) => [operation.id, operation] as const))('%s', (_, it) => {
  test.each(strangers)('answers 401 to %s', async (_what, authorization, challenge) => {
    const before = await rowCount();
    for (const request of [validRequest(it, OWNER), wrongRequest(it)]) {
      const { status, headers, body } = await send(request, await authorization());
      expect(status).toBe(401);
      expect(headers.get('WWW-Authenticate')).toMatch(challenge);
      expect(body.code).toBe(
        challenge.source.includes('invalid') ? 'invalid_token' : 'authentication_required',
      );
    }
    expect(await rowCount()).toBe(before);
  });

  test('answers 403 to another user, who exists or not', async () => {
    const before = await rowCount();
    for (const subject of ['mallory', `${OWNER} `, OWNER.toUpperCase(), `${OWNER}/tasks`]) {
      const token = await signToken({ sub: subject });
      for (const request of [validRequest(it, OWNER), wrongRequest(it)]) {
        const { status, body, headers } = await send(request, `Bearer ${token}`);
        expect([status, body.code]).toStrictEqual([403, 'forbidden']);
        expect(headers.get('WWW-Authenticate')).toBeNull();
      }
    }
    expect(await rowCount()).toBe(before);
  });

  if (it.method === 'get') {
    test('answers 403 to HEAD of another user', async () => {
      const { path } = validRequest(it, OWNER);
      const stranger = await signedIn(server.url, 'mallory');
      expect((await stranger('HEAD', path)).status).toBe(403);
    });
  }

  test('serves the owner', async () => {
    // One for each operation, since one of them ends the owner's token.
    const owner = `owner for ${it.id}`;
    const client = await signedIn(server.url, owner);
    const { id } = await createTask(client, owner);
    const { method, path, ...options } = validRequest(it, owner, id);
    expect((await client(method, path, options)).status).toBe(successOf(it));
  });

  test('tells the owner, and nobody else, what is wrong with a request', async () => {
    const { status } = await send(wrongRequest(it), `Bearer ${await signToken({ sub: OWNER })}`);
    expect([400, 406, 415]).toContain(status);
  });
});

describe.each(publicOperations.map((operation) => [operation.id, operation] as const))(
  '%s',
  (_, it) => {
    test.each(strangers)('answers 200 to %s', async (_what, authorization) => {
      const { status } = await send(validRequest(it, OWNER), await authorization());
      expect(status).toBe(200);
    });
  },
);
