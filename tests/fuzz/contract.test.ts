import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc, { type Arbitrary } from 'fast-check';
import { sql } from 'slonik';
import { isPublic } from '../contract/requests.ts';
import { startMockProxy, type RunningMock } from '../mock/mock.ts';
import { assertDocumented, createClient, type Answer } from '../support/client.ts';
import { operations, type Operation } from '../support/contract.ts';
import { createTask } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signToken } from '../support/tokens.ts';
import { valid } from './arbitraries.ts';
import {
  invalidRequests,
  mediaTypeOf,
  requestsWithUnknownParameter,
  validRequests,
  type FuzzedRequest,
} from './requests.ts';

// Requests made up from the contract, sent through Prism (`prism proxy --errors`) to a real server. Prism and our own
// validator judge each request and each answer, and must agree. The same seed makes the same requests; another one, and more
// of them: FUZZ_SEED=7 FUZZ_RUNS=1000 npm run jest -- tests/fuzz. A failure prints its seed and the smallest request.

const seed = Number(process.env.FUZZ_SEED ?? 20_260_115);
const numRuns = Number(process.env.FUZZ_RUNS ?? 12);
const timeout = 30_000 + numRuns * 2_000;

let server: TestServer;
let proxy: RunningMock;
beforeAll(async () => {
  server = await startTestServer();
  proxy = await startMockProxy(server.url);
}, 90_000);
afterAll(async () => {
  await proxy.stop();
  await server.close();
});

function check<T>(requests: Arbitrary<T>, property: (request: T) => Promise<void>): Promise<void> {
  return fc.assert(fc.asyncProperty(requests, property), { seed, numRuns });
}

/** Puts into the empty database what the request is about, and tells how to send the request. */
async function prepare(operation: Operation, request: FuzzedRequest) {
  // Nothing of the requests before: an erased user's tokens would be refused for a while.
  await server.db.query(sql.unsafe`DELETE FROM users`);
  const token = await signToken({ sub: request.user });
  const path = { ...request.path, user_id: request.user };
  if (request.exists && 'id' in path) {
    const owner = createClient(server.url, token);
    Object.assign(path, { id: (await createTask(owner, request.user)).id });
  }
  const query = new URLSearchParams(request.query).toString();
  const target = operation.path.replaceAll(/\{([^}]+)\}/g, (_, name: keyof typeof path) =>
    encodeURIComponent(path[name]),
  );
  const mediaType = mediaTypeOf(operation);
  const init = {
    method: operation.method.toUpperCase(),
    headers: {
      ...request.headers,
      ...(!isPublic(operation) && { Authorization: `Bearer ${token}` }),
      ...(mediaType && { 'Content-Type': mediaType }),
    },
    ...(mediaType && { body: JSON.stringify(request.body) }),
  };
  return { target: target + (query && `?${query}`), init };
}

type Sent = Awaited<ReturnType<typeof prepare>>;

async function send(url: string, { target, init }: Sent): Promise<Answer> {
  const { status, headers, ...response } = await fetch(url + target, init).then(
    async (response) => ({
      status: response.status,
      headers: response.headers,
      text: await response.text(),
    }),
  );
  const { text } = response;
  return { status, headers, text, body: text === '' ? undefined : JSON.parse(text) };
}

/** The problem that Prism has with a request or an answer; undefined when it is the server's answer. */
function prismProblem({ body }: Answer): string | undefined {
  return /^https:\/\/stoplight\.io\/prism\/errors#(\w+)$/.exec(body?.type ?? '')?.[1];
}

/** An answer of the server that Prism has let through, and our own validator too. */
function expectServed({ init, target }: Sent, answer: Answer): void {
  expect({ prism: prismProblem(answer), text: answer.text }).toMatchObject({ prism: undefined });
  expect(answer.headers.get('sl-violations')).toBeNull();
  assertDocumented(init.method, target, answer);
  expect(answer.status).toBeLessThan(500);
}

describe.each(operations.map((operation) => [operation.id, operation] as const))('%s', (_, it) => {
  test(
    'does what the contract says with every request that it allows',
    async () => {
      await check(validRequests(it), async (request) => {
        const sent = await prepare(it, request);
        const answer = await send(proxy.url, sent);
        expectServed(sent, answer);
        // Only that a cursor was made by the server cannot be said in a schema.
        const refused = answer.status === 400 && answer.body.code !== 'invalid_cursor';
        expect({ refused, text: answer.text }).toMatchObject({ refused: false });
        expect([401, 403, 405, 406, 413, 415]).not.toContain(answer.status);
      });
    },
    timeout,
  );

  const wrong = invalidRequests(it);
  if (wrong) {
    test(
      'refuses every request that the contract does not allow, and so does Prism',
      async () => {
        await check(wrong, async (request) => {
          const sent = await prepare(it, request);
          const judged = await send(proxy.url, sent);
          expect(prismProblem(judged)).toBe('UNPROCESSABLE_ENTITY');

          const answer = await send(server.url, sent);
          expectServed(sent, answer);
          expect(answer.status).toBe(400);
          expectNamed(answer, request);
        });
      },
      timeout,
    );
  }

  // Prism does not look at parameters that it does not know.
  test(
    'refuses unknown parameters',
    async () => {
      await check(requestsWithUnknownParameter(it), async (request) => {
        const sent = await prepare(it, request);
        const answer = await send(proxy.url, sent);
        expectServed(sent, answer);
        // A missing precondition is found before the rest of the request is looked at.
        if (answer.status === 428 && !('If-Match' in request.headers)) return;
        expect(answer.status).toBe(400);
        expectNamed(answer, request);
      });
    },
    timeout,
  );
});

/** Fails unless the problem names the place that is wrong, and only that. */
function expectNamed({ body }: Answer, { wrong, query }: FuzzedRequest): void {
  const places = (body.errors as Record<string, string>[]).map(({ pointer, parameter, header }) => {
    if (pointer !== undefined) return 'body';
    return parameter === undefined ? `header ${header}` : `parameter ${parameter}`;
  });
  const isCursor = places.every((place) => place === 'parameter cursor');
  expect(body.code).toBe(isCursor ? 'invalid_cursor' : 'invalid_request');
  expect(places).toContain(wrong);
  // A cursor that was made up here is wrong as well, though no schema says so.
  const others = places.filter((place) => !(place === 'parameter cursor' && 'cursor' in query));
  expect(others.filter((place) => place !== wrong)).toStrictEqual([]);
}

test.each(['multipleOf', 'contains', 'if', 'allOf'])(
  'a schema with %s is not fuzzed by half',
  (keyword) => {
    expect(() => valid({ type: 'integer', minimum: 1, maximum: 2, [keyword]: 1 })).toThrow(keyword);
  },
);
