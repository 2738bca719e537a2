import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { validRequest } from '../contract/requests.ts';
import { createClient, type Answer, type RequestOptions } from '../support/client.ts';
import { dereference, operations, type Operation } from '../support/contract.ts';
import { createTask } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signToken } from '../support/tokens.ts';
import { startMock, type RunningMock } from './mock.ts';

// One list of requests, each made of both the mock and a server, byte for byte the same. The answers may differ in what
// they say, and in nothing by which a client decides what to do.

let mock: RunningMock;
let server: TestServer;
/** Another server, for what a server answers only when it is configured so. */
let strict: TestServer;
beforeAll(async () => {
  [mock, server, strict] = await Promise.all([
    startMock(),
    startTestServer({ RATE_LIMIT: '1000000/60' }),
    startTestServer({ RATE_LIMIT: '1/3600', REQUIRE_IF_MATCH: 'on' }),
  ]);
}, 90_000);
afterAll(async () => {
  await mock.stop();
  await server.close();
  await strict.close();
});

/** What is changed of a valid request by the owner, who has one task. */
interface Case {
  readonly status: number;
  /** Needed where the mock cannot know: it has no users, no tasks and no revisions. */
  readonly prefer?: string;
  readonly of: (operation: Operation) => boolean;
  readonly user?: string;
  readonly token?: 'none' | 'damaged';
  readonly id?: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
  /** So many spaces behind the body. */
  readonly padding?: number;
  readonly on?: 'strict';
  /** How often the request is made of the server before. */
  readonly repeated?: number;
}

const all = (): boolean => true;
const having =
  (status: number) =>
  ({ responses }: Operation): boolean =>
    status in responses;
const secured = having(401);
const named =
  (...ids: string[]) =>
  ({ id }: Operation): boolean =>
    ids.includes(id);

const cases: Readonly<Record<string, Case>> = {
  'a valid request': { status: 0, of: all },
  'no token': { status: 401, of: secured, token: 'none' },
  'a damaged token': {
    status: 401,
    prefer: 'code=401, example=invalid_token',
    of: secured,
    token: 'damaged',
  },
  'the path of somebody else': { status: 403, prefer: 'code=403', of: secured, user: 'bob' },
  'a task that is not there': {
    status: 404,
    prefer: 'code=404',
    of: having(404),
    id: randomUUID(),
  },
  'an id that is no UUID': { status: 400, of: having(404), id: 'nonsense' },
  'a limit that is too high': { status: 400, of: named('listTasks'), query: '?limit=101' },
  'a limit that is no number': { status: 400, of: named('listTasks'), query: '?limit=ten' },
  'an order that is not offered': { status: 400, of: named('listTasks'), query: '?sort=colour' },
  'a limit that is empty': { status: 400, of: named('listTasks'), query: '?limit=' },
  'a limit with an exponent': { status: 400, of: named('listTasks'), query: '?limit=1e1' },
  'a limit with a plus': { status: 400, of: named('listTasks'), query: '?limit=%2B5' },
  'a limit with a space': { status: 400, of: named('listTasks'), query: '?limit=%205' },
  'a limit in hexadecimal': { status: 400, of: named('listTasks'), query: '?limit=0x5' },
  'an empty filter': { status: 400, of: named('listTasks'), query: '?completed=' },
  'an empty order': { status: 400, of: named('listTasks'), query: '?sort=' },
  'an empty cursor': { status: 400, of: named('listTasks'), query: '?cursor=' },
  'an unknown parameter': { status: 400, of: all, query: '?colour=red' },
  'an unknown parameter, and an example preferred': {
    status: 400,
    prefer: 'code=200, example=empty',
    of: named('listTasks'),
    query: '?colour=red',
  },
  'a filter that is no boolean': { status: 400, of: named('listTasks'), query: '?completed=1' },
  'an If-Match that is no entity-tag': {
    status: 400,
    of: having(412),
    headers: { 'If-Match': '7' },
  },
  'an empty If-Match': { status: 400, of: having(412), headers: { 'If-Match': '' } },
  'an empty If-None-Match': { status: 400, of: having(304), headers: { 'If-None-Match': '' } },
  'an empty Idempotency-Key': {
    status: 400,
    of: named('createTask'),
    headers: { 'Idempotency-Key': '' },
  },
  'an If-None-Match that is no entity-tag': {
    status: 400,
    of: having(304),
    headers: { 'If-None-Match': '7' },
  },
  'a body that is not JSON': { status: 400, of: having(415), body: '{"title":' },
  'a body with a key twice': { status: 400, of: having(415), body: '{"title":"a","title":"b"}' },
  'a body of the wrong type': { status: 400, of: having(415), body: '[]' },
  'a property too many': { status: 400, of: having(415), body: '{"colour":"red"}' },
  'a blank title': { status: 400, of: named('createTask', 'updateTask'), body: '{"title":" "}' },
  'a text instead of a boolean': {
    status: 400,
    of: named('setTaskCompletion', 'updateTask'),
    body: '{"completed":"yes"}',
  },
  'an incomplete replacement': { status: 400, of: named('replaceTask'), body: '{"title":"a"}' },
  'an empty patch': { status: 400, of: named('updateTask'), body: '{}' },
  'another media type': {
    status: 415,
    of: having(415),
    headers: { 'Content-Type': 'text/plain' },
  },
  'a media type that is none': {
    status: 415,
    of: having(415),
    headers: { 'Content-Type': 'garbage' },
  },
  'a charset that is not UTF-8': {
    status: 415,
    of: having(415),
    headers: { 'Content-Type': 'application/json; charset=latin1' },
  },
  'an Accept that is no media type': {
    status: 406,
    of: having(406),
    headers: { Accept: 'garbage' },
  },
  'an Accept that does not matter': {
    status: 0,
    of: (operation) => !having(406)(operation),
    headers: { Accept: 'garbage' },
  },
  'a format that there is not': { status: 406, of: having(406), headers: { Accept: 'image/png' } },
  'what the client has already': {
    status: 304,
    prefer: 'code=304',
    of: having(304),
    headers: { 'If-None-Match': '*' },
  },
  'a revision that is over': {
    status: 412,
    prefer: 'code=412',
    of: having(412),
    headers: { 'If-Match': '"9007199254740991"' },
  },
  'no If-Match where it is needed': {
    status: 428,
    of: named('deleteUser'),
    headers: { 'If-Match': undefined },
  },
  'too much': { status: 429, prefer: 'code=429', of: having(429), on: 'strict', repeated: 1 },
  'a body that is too large': {
    status: 413,
    of: having(413),
    padding: 131_072,
  },
};

const list = Object.entries(cases).flatMap(([name, one]) =>
  operations.filter(one.of).map((operation) => [operation.id, name, operation, one] as const),
);

let owners = 0;

test.each(list)('%s with %s is answered alike by both', async (_id, _name, operation, one) => {
  const subject = `owner ${(owners += 1)}`;
  const token = await signToken({ sub: subject });
  const tried = one.on === 'strict' ? strict : server;
  const owner = createClient(tried.url, token);
  const task = one.on === 'strict' ? undefined : await createTask(owner, subject);
  const { method, path, headers, ...valid } = validRequest(
    operation,
    one.user ?? subject,
    one.id ?? task?.id,
  );
  // An operation without a body refuses one that is too large all the same.
  const body = one.body ?? valid.body ?? (one.padding === undefined ? undefined : '{}');
  const options: RequestOptions = {
    ...(body !== undefined && { body: body + ' '.repeat(one.padding ?? 0) }),
    headers: {
      ...present({ ...headers, ...one.headers }),
      ...(one.prefer !== undefined && { Prefer: one.prefer }),
    },
  };
  const sent = one.token === 'none' ? undefined : one.token === 'damaged' ? `${token}x` : token;
  const ask = (url: string) => createClient(url, sent)(method, path + (one.query ?? ''), options);
  for (let time = 0; time < (one.repeated ?? 0); time++) await ask(tried.url);

  const [mocked, served] = [await ask(mock.url), await ask(tried.url)];

  if (one.status !== 0) expect(served.status).toBe(one.status);
  expect(compared(operation, mocked)).toStrictEqual(compared(operation, served));
  for (const header of Object.keys(documentedHeaders(operation, served))) {
    // Those of the rate limit are optional, and the mock always shows them.
    if (served.headers.has(header)) expect(mocked.headers.has(header)).toBe(true);
  }
});

// What does not reach an operation.
test.each([
  ['GET', '/api/%zz/tasks', 400, 'malformed_url'],
  ['GET', '/api/alice/tasks/%', 400, 'malformed_url'],
  ['GET', '/api/alice/tasks/', 404, 'route_not_found'],
  ['GET', '/API/alice', 404, 'route_not_found'],
  ['PUT', '/livez', 405, 'method_not_allowed'],
  ['OPTIONS', '/api/alice/tasks', 204, undefined],
])('%s %s is answered alike by both', async (method, path, status, code) => {
  const token = await signToken({ sub: 'alice' });
  const ask = async (url: string) => {
    const answer = await fetch(url + path, {
      method,
      headers: { Authorization: `Bearer ${token}` },
    });
    const text = await answer.text();
    const body = text === '' ? {} : JSON.parse(text);
    return {
      status: answer.status,
      mediaType: answer.headers.get('Content-Type'),
      allow: answer.headers.get('Allow'),
      problem: { ...body, request_id: undefined, instance: undefined },
    };
  };
  const [mocked, served] = [await ask(mock.url), await ask(server.url)];
  expect({ status: served.status, code: served.problem.code }).toStrictEqual({ status, code });
  expect(mocked).toStrictEqual(served);
});

function present(headers: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}

function documentedHeaders(operation: Operation, { status }: Answer): Record<string, unknown> {
  return dereference(operation.responses[status]).headers ?? {};
}

/** All of an answer that has to be the same; that each satisfies its schema is what the client checks. */
function compared(operation: Operation, answer: Answer): object {
  const required = Object.entries(documentedHeaders(operation, answer)).flatMap(([name, header]) =>
    dereference(header).required ? [`${name} ${answer.headers.has(name)}`] : [],
  );
  return {
    status: answer.status,
    mediaType: answer.headers.get('Content-Type')?.replace(/;.*/, ''),
    required,
    members: Object.keys(answer.body ?? {})
      .filter((name) => name !== 'errors')
      .sort(),
    code: answer.body?.code,
    // Optional headers that say something of the answer.
    linked: answer.headers.has('Link') === (typeof answer.body?.next_cursor === 'string'),
    replayed: answer.headers.has('Idempotency-Replayed'),
  };
}
