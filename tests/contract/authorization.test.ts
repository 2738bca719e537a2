import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { operations as generated } from '../../generated/operations.ts';
import { createClient, type Answer, type RequestOptions } from '../support/client.ts';
import { contract, dereference, operations, type Operation } from '../support/contract.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { forgeToken, signToken } from '../support/tokens.ts';

/** The operations that answer strangers. A name may leave this list, and none may join it. */
const PUBLIC = ['getHealth', 'getLiveness', 'getReadiness'];

const OWNER = 'alice';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

/** The operation as the contract has it, all of it. */
function documented({ path, method }: Operation): any {
  return contract.paths[path][method];
}

function isPublic(operation: Operation): boolean {
  const requirements: object[] = documented(operation).security ?? contract.security;
  return requirements.length === 0 || requirements.some((one) => Object.keys(one).length === 0);
}

const publicOperations = operations.filter(isPublic);
const secured = operations.filter((operation) => !isPublic(operation));

/** A valid request, made of the contract's own examples. */
function send(operation: Operation, authorization?: string): Promise<Answer> {
  const parameters = contract.paths[operation.path].parameters ?? [];
  const path = operation.path.replaceAll(/\{([^}]+)\}/g, (_, name) => {
    const found = parameters.map(dereference).find((one: { name: string }) => one.name === name);
    return name === 'user_id' ? OWNER : found.example;
  });
  const [content] = Object.entries<any>(documented(operation).requestBody?.content ?? {});
  const example = content && dereference(Object.values(content[1].examples)[0]).value;
  const options: RequestOptions = {
    headers: {
      ...(authorization !== undefined && { Authorization: authorization }),
      ...(content && { 'Content-Type': content[0] }),
    },
    ...(content && { body: JSON.stringify(example) }),
  };
  return createClient(server.url)(operation.method.toUpperCase(), path, options);
}

/** How many rows there are, of all users together. */
function rowCount(): Promise<number> {
  const rows = sql.fragment`(SELECT count(*) FROM users) + (SELECT count(*) FROM tasks)`;
  return server.db.oneFirst(sql.unsafe`SELECT ${rows} AS count`) as Promise<number>;
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
    const { status, headers, body } = await send(it, await authorization());
    expect(status).toBe(401);
    expect(headers.get('WWW-Authenticate')).toMatch(challenge);
    expect(body.code).toBe(
      challenge.source.includes('invalid') ? 'invalid_token' : 'authentication_required',
    );
    expect(await rowCount()).toBe(before);
  });

  test('answers 403 to another user, who exists or not', async () => {
    const before = await rowCount();
    for (const subject of ['mallory', `${OWNER} `, OWNER.toUpperCase(), `${OWNER}/tasks`]) {
      const token = await signToken({ sub: subject });
      const { status, body, headers } = await send(it, `Bearer ${token}`);
      expect([status, body.code]).toStrictEqual([403, 'forbidden']);
      expect(headers.get('WWW-Authenticate')).toBeNull();
    }
    expect(await rowCount()).toBe(before);
  });

  test('serves the owner', async () => {
    const { status } = await send(it, `Bearer ${await signToken({ sub: OWNER })}`);
    expect([200, 201, 404]).toContain(status);
  });
});

describe.each(publicOperations.map((operation) => [operation.id, operation] as const))(
  '%s',
  (_, it) => {
    test.each(strangers)('answers 200 to %s', async (_what, authorization) => {
      expect((await send(it, await authorization())).status).toBe(200);
    });
  },
);
