import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createClient } from '../support/client.ts';
import { contract, dereference } from '../support/contract.ts';
import { listen } from '../support/listen.ts';
import { createTask, MERGE_PATCH } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signToken } from '../support/tokens.ts';
import { startMockProxy, type RunningMock } from './mock.ts';

const PROBLEM = 'https://stoplight.io/prism/errors#';

describe('the proxy in front of the server', () => {
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

  test('passes good requests on, and good answers back', async () => {
    const client = createClient(proxy.url, await signToken({ sub: 'alice' }));
    const task = await createTask(client, 'alice');
    const path = `/api/alice/tasks/${task.id}`;
    const got = await client('GET', path);
    expect(got.body).toStrictEqual(task);
    const headers = { ...MERGE_PATCH, 'If-Match': got.headers.get('ETag')! };
    expect((await client('PATCH', path, { headers, body: { title: 'b' } })).body.revision).toBe(2);
    expect((await client('PATCH', path, { headers, body: { title: 'c' } })).status).toBe(412);
    const unchanged = await client('GET', path, { headers: { 'If-None-Match': '"2"' } });
    expect(unchanged.status).toBe(304);
    expect((await client('DELETE', path)).status).toBe(204);
    expect((await client('GET', path)).status).toBe(404);
  });

  test("passes the server's own headers on", async () => {
    const client = createClient(proxy.url, await signToken({ sub: 'alice' }));
    const { headers } = await client('GET', '/api/alice/tasks', {
      headers: { 'X-Request-Id': 'mine' },
    });
    expect(headers.get('X-Request-Id')).toBe('mine');
    expect(headers.get('Cache-Control')).toBe('private, no-cache');
    expect(headers.get('Content-Security-Policy')).toContain("default-src 'none'");
  });

  test('answers HEAD as GET without a body', async () => {
    const client = createClient(proxy.url, await signToken({ sub: 'alice' }));
    const answer = await client('HEAD', '/api/alice/tasks');
    expect({ status: answer.status, text: answer.text }).toStrictEqual({ status: 200, text: '' });
  });

  test('passes a compressed body on', async () => {
    const client = createClient(proxy.url, await signToken({ sub: 'alice' }));
    const { status, body } = await client('POST', '/api/alice/tasks', {
      headers: { 'Content-Encoding': 'gzip' },
      body: gzipSync('{ "title": "compressed" }'),
    });
    expect({ status, title: body.title }).toStrictEqual({ status: 201, title: 'compressed' });
  });

  test('refuses a bad request, which the server never sees', async () => {
    const before = server.logged().length;
    const answer = await fetch(`${proxy.url}/api/alice/tasks`, {
      method: 'POST',
      headers: { Authorization: 'Bearer any', 'Content-Type': 'application/json' },
      body: '{"title":""}',
    });
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ type: `${PROBLEM}UNPROCESSABLE_ENTITY` });
    expect(server.logged()).toHaveLength(before);
  });
});

describe('the proxy in front of a server that breaks the contract', () => {
  /** What the server answers, whatever it is asked. */
  let answer: { status: number; headers: Record<string, string>; body: object };
  let upstream: Awaited<ReturnType<typeof listen>>;
  let proxy: RunningMock;
  const good = () => ({
    status: 404,
    headers: { 'Content-Type': 'application/problem+json', 'X-Request-Id': 'a' },
    body: Object.values<any>(
      dereference(contract.components.responses.TaskNotFound).content['application/problem+json']
        .examples,
    ).map((example) => dereference(example).value)[0],
  });
  beforeAll(async () => {
    upstream = await listen(
      createServer((_request, response) => {
        response.writeHead(answer.status, answer.headers).end(JSON.stringify(answer.body));
      }),
    );
    proxy = await startMockProxy(upstream.origin);
  }, 90_000);
  afterAll(async () => {
    await proxy.stop();
    await upstream.close();
  });
  afterEach(() => {
    answer = good();
  });

  const ask = () =>
    fetch(`${proxy.url}/api/alice/tasks/019bc0fd-89c0-7c3e-9f41-6f0c2d8e5a17`, {
      headers: { Authorization: 'Bearer any' },
    });

  test.each<[string, (answer: ReturnType<typeof good>) => object]>([
    ['a success that is not documented', (one) => ({ ...one, status: 202 })],
    // Only the dialect of 2020-12 can say this of a schema that is made of several (unevaluatedProperties).
    ['a member too many', (one) => ({ ...one, body: { ...one.body, colour: 'red' } })],
    ['a member too few', (one) => ({ ...one, body: { ...one.body, code: undefined } })],
    ['a member of another type', (one) => ({ ...one, body: { ...one.body, status: '404' } })],
    ['a code of another status', (one) => ({ ...one, body: { ...one.body, code: 'forbidden' } })],
    ['another media type', (one) => ({ ...one, headers: { 'Content-Type': 'text/plain' } })],
    [
      'a header missing',
      (one) => ({ ...one, headers: { 'Content-Type': one.headers['Content-Type'] } }),
    ],
  ])('finds %s', async (_, spoil) => {
    answer = good();
    expect((await ask()).status).toBe(404);
    answer = { ...answer, ...spoil(good()) };
    const found = await ask();
    expect(found.status).toBe(500);
    expect(await found.json()).toMatchObject({ type: `${PROBLEM}VIOLATIONS` });
  });

  test('only mentions an error status that is not documented, in a header', async () => {
    answer = { ...good(), status: 410 };
    const found = await ask();
    expect(found.status).toBe(410);
    expect(found.headers.get('sl-violations')).toContain(
      'Unable to match the returned status code',
    );
  });
});
