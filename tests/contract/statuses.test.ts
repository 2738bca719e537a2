import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { createClient, signedIn, type Answer } from '../support/client.ts';
import { operations, type Operation } from '../support/contract.ts';
import { startGate, type Gate } from '../support/gate.ts';
import { createTask, expectProblem } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signToken } from '../support/tokens.ts';
import { isPublic, successOf, takesHeader, validRequest } from './requests.ts';

// What the contract promises must be possible: each documented status of each operation is brought about here, and one that is
// documented anew and never answered fails. (That nothing undocumented is answered is what every client of the tests checks.)

/** Promised for what nobody has foreseen. These three touch nothing that could fail so, or take any failure for 503. */
const CANNOT_BE_SHOWN = ['getHealth 500', 'getLiveness 500', 'getReadiness 500'];

/** The servers on which the statuses come about. */
interface Servers {
  readonly usual: TestServer;
  /** With `REQUIRE_IF_MATCH=on`. */
  readonly strict: TestServer;
  /** With a rate limit of a single request. */
  readonly limited: TestServer;
  /** Without its database. */
  readonly cutOff: TestServer;
  /** Whose database has no tables. */
  readonly broken: TestServer;
}

/** What is changed of a valid request by the owner. */
interface Change {
  readonly on?: keyof Servers;
  readonly headers?: Readonly<Record<string, string>>;
  readonly without?: string;
  readonly query?: string;
  readonly id?: string;
  readonly body?: string;
}

let servers: Servers;
let gate: Gate;
beforeAll(async () => {
  const usual = await startTestServer();
  gate = await startGate(usual.databaseUrl);
  servers = {
    usual,
    strict: await startTestServer({ REQUIRE_IF_MATCH: 'on' }),
    limited: await startTestServer({ RATE_LIMIT: '1/3600' }),
    cutOff: await startTestServer({ DATABASE_URL: gate.url }),
    broken: await startTestServer(),
  };
  await servers.broken.db.query(sql.unsafe`DROP TABLE idempotency_keys, tasks, users`);
});
afterAll(async () => {
  await servers.cutOff.close();
  await gate.close();
  for (const name of ['broken', 'limited', 'strict', 'usual'] as const) await servers[name].close();
});

let owners = 0;

/** Makes the changed request for a new owner, who has one task on servers that can have any. */
async function attempt(operation: Operation, change: Change = {}): Promise<Answer> {
  const server = servers[change.on ?? 'usual'];
  const owner = `owner ${(owners += 1)}`;
  const client = await signedIn(server.url, owner);
  const hasTask = server === servers.usual || server === servers.strict;
  const task = hasTask ? await createTask(client, owner) : undefined;
  const request = validRequest(operation, owner, change.id ?? task?.id);
  const headers: Record<string, string> = { ...request.headers, ...change.headers };
  if (change.without !== undefined) Reflect.deleteProperty(headers, change.without);
  const body = change.body ?? request.body;
  return client(request.method, request.path + (change.query ?? ''), {
    headers,
    ...(body !== undefined && { body }),
  });
}

/** The same key twice: with another body, or while the first transaction is open. */
async function repeat(operation: Operation, isFirstOpen: boolean): Promise<Answer> {
  const owner = `owner ${(owners += 1)}`;
  const client = await signedIn(servers.usual.url, owner);
  const { method, path, headers, body } = validRequest(operation, owner);
  const send = (content = body) =>
    client(method, path, {
      headers: { ...headers, 'Idempotency-Key': '"once"' },
      body: content,
    });
  if (!isFirstOpen) {
    await send();
    return send('{"title":"another"}');
  }
  // A transaction of the test's own stands for the first request.
  return servers.usual.db.transaction(async (transaction) => {
    await transaction.query(sql.unsafe`
      INSERT INTO idempotency_keys (user_id, operation, key, fingerprint)
      VALUES (${owner}, ${operation.id}, 'once', ${sql.binary(Buffer.alloc(32))})`);
    const answer = await send();
    await transaction.query(sql.unsafe`DELETE FROM idempotency_keys WHERE user_id = ${owner}`);
    return answer;
  });
}

/** How each status comes about, whatever the operation. */
const recipes: Readonly<Record<number, (operation: Operation) => Promise<Answer>>> = {
  304: (operation) => attempt(operation, { headers: { 'If-None-Match': '*' } }),
  400: (operation) => attempt(operation, { query: '?unheard_of=1' }),
  401: (operation) => {
    const { method, path, ...options } = validRequest(operation, 'alice');
    return createClient(servers.usual.url)(method, path, options);
  },
  403: async (operation) => {
    const mallory = await signedIn(servers.usual.url, 'mallory');
    const { method, path, ...options } = validRequest(operation, 'alice');
    return mallory(method, path, options);
  },
  404: (operation) => attempt(operation, { id: randomUUID() }),
  406: (operation) => attempt(operation, { headers: { Accept: 'image/png' } }),
  409: (operation) => repeat(operation, true),
  412: (operation) => attempt(operation, { headers: { 'If-Match': '"9007199254740991"' } }),
  413: (operation) => attempt(operation, { body: ' '.repeat(131_073) }),
  415: (operation) => attempt(operation, { headers: { 'Content-Type': 'text/plain' } }),
  422: (operation) => repeat(operation, false),
  428: (operation) => attempt(operation, { on: 'strict', without: 'If-Match' }),
  429: async (operation) => {
    const { url } = servers.limited;
    const token = await signToken({ sub: operation.id });
    const { method, path, ...options } = validRequest(operation, operation.id);
    const client = createClient(url, token);
    await client(method, path, options);
    return client(method, path, options);
  },
  500: (operation) => attempt(operation, { on: 'broken' }),
  503: (operation) => attempt(operation, { on: 'cutOff' }),
};

const CODES: Readonly<Record<number, string>> = {
  400: 'invalid_request',
  401: 'authentication_required',
  403: 'forbidden',
  404: 'task_not_found',
  406: 'not_acceptable',
  409: 'idempotency_key_in_use',
  412: 'precondition_failed',
  413: 'content_too_large',
  415: 'unsupported_media_type',
  422: 'idempotency_key_reused',
  428: 'precondition_required',
  429: 'rate_limited',
  500: 'internal_error',
  503: 'service_unavailable',
};

const PLACES: Readonly<Record<number, string>> = {
  400: 'parameter unheard_of',
  406: 'header accept',
  415: 'header content-type',
  422: 'header idempotency-key',
  428: 'header if-match',
};

describe.each(operations.map((operation) => [operation.id, operation] as const))('%s', (id, it) => {
  const promised = Object.keys(it.responses).filter(
    (status) => !CANNOT_BE_SHOWN.includes(`${id} ${status}`),
  );

  test.each(promised.map(Number))('answers %d, as it is documented to', async (status) => {
    const recipe = status === successOf(it) ? attempt : recipes[status];
    if (!recipe) throw new Error(`Nobody has said how ${status} comes about.`);
    const answer = await recipe(it);
    if (CODES[status] === undefined) expect(answer.status).toBe(status);
    else expectProblem(answer, status, CODES[status], PLACES[status] ? [PLACES[status]] : []);
  });
});

describe('the contract', () => {
  const having = (status: number) =>
    operations.filter(({ responses }) => status in responses).map(({ id }) => id);
  const taking = (name: string) =>
    operations.filter((operation) => takesHeader(operation, name)).map(({ id }) => id);

  test('documents 412 and 428 of all that take If-Match, and of nothing else', () => {
    expect(taking('If-Match')).toHaveLength(5);
    expect(having(412)).toStrictEqual(taking('If-Match'));
    expect(having(428)).toStrictEqual(taking('If-Match'));
  });

  test('documents 304 of all that take If-None-Match, and of nothing else', () => {
    expect(having(304)).toStrictEqual(taking('If-None-Match'));
  });

  test('documents 409 and 422 of all that take Idempotency-Key, and of nothing else', () => {
    expect(taking('Idempotency-Key')).toStrictEqual(['createTask']);
    expect(having(409)).toStrictEqual(taking('Idempotency-Key'));
    expect(having(422)).toStrictEqual(taking('Idempotency-Key'));
  });

  test('documents 401, 403 and 429 of all that is not public, and of nothing else', () => {
    const secured = operations.filter((one) => !isPublic(one)).map(({ id }) => id);
    for (const status of [401, 403, 429]) expect(having(status)).toStrictEqual(secured);
  });

  test('documents 406 of what has several formats, 413 of what changes anything, and 415 of what has a body', () => {
    expect(having(406)).toStrictEqual(['exportUser']);
    const changing = operations.filter(({ method }) => method !== 'get');
    expect(having(413)).toStrictEqual(changing.map(({ id }) => id));
    const withBody = ['createTask', 'replaceTask', 'updateTask', 'setTaskCompletion'];
    expect(having(415)).toStrictEqual(withBody);
  });
});
