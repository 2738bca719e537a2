import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createClient, signedIn, type Client } from '../support/client.ts';
import { contract, violations } from '../support/contract.ts';
import { sendRaw, type RawAnswer } from '../support/raw.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signToken } from '../support/tokens.ts';

let server: TestServer;
let alice: Client;
beforeAll(async () => {
  server = await startTestServer();
  alice = await signedIn(server.url, 'alice');
});
afterAll(() => server.close());

const ID = '019bc0fd-89c0-7c3e-9f41-6f0c2d8e5a17';

/** The problem that a request line is answered with, however odd it is. */
async function problemOf(line: string): Promise<{ status: number; code: string; text: string }> {
  const token = await signToken({ sub: 'alice' });
  const request = `${line} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`;
  const { status, headers, text } = await sendRaw(server.url, request);
  const body = JSON.parse(text);
  expect(headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(headers['x-request-id']).toBe(body.request_id);
  expect(violations(contract.components.schemas.Problem, body)).toStrictEqual([]);
  expect(body.status).toBe(status);
  return { status, code: body.code, text };
}

describe('a path', () => {
  test.each([
    '/api/%zz/tasks',
    '/api/%ff/tasks',
    '/api/%/tasks',
    '/api/%c3%28/tasks',
    '/api/%ed%a0%80/tasks',
    `/api/alice/tasks/%e2%82`,
  ])('that is not percent-encoded UTF-8 is 400: %s', async (path) => {
    const { status, code, text } = await problemOf(`GET ${path}`);
    expect([status, code]).toStrictEqual([400, 'malformed_url']);
    expect(text).not.toContain('%');
  });

  test('that is not percent-encoded UTF-8 is 400 for any method, also for one that it does not have', async () => {
    for (const path of ['/api/%zz/tasks', '/api/alice/tasks/%E0%A4%A'])
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PURGE']) {
        const { status, code } = await problemOf(`${method} ${path}`);
        expect([method, status, code]).toStrictEqual([method, 400, 'malformed_url']);
      }
  });

  test.each([
    '/',
    '/api',
    '/nothing',
    '/livez/',
    '/LIVEZ',
    '/api/alice/tasks/',
    '/API/alice/tasks',
    '/api/alice/Tasks',
    '/api//tasks',
    '//api/alice/tasks',
    `/api/alice/tasks/${ID}/`,
    `/api/alice/tasks/${ID}/Complete`,
    `/api/alice/tasks/${ID}/complete/x`,
    '/api/alice/bob/tasks',
    '/api/alice/../alice/tasks',
    '/api/alice/',
    '/api/alice/Export',
    '/api/alice/export/',
    '/api//',
    '/favicon.ico',
    '/%zz',
  ])('that the contract does not have is 404, to the letter: %s', async (path) => {
    const { status, code } = await problemOf(`GET ${path}`);
    expect([status, code]).toStrictEqual([404, 'route_not_found']);
  });

  test('that is unknown is 404 for any method, and without a token', async () => {
    for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS', 'PATCH']) {
      const { status, body } = await createClient(server.url)(method, '/nothing');
      expect([status, body.code]).toStrictEqual([404, 'route_not_found']);
    }
  });

  test('may hold an encoded slash in the user, who is then another', async () => {
    expect(await problemOf('GET /api/alice%2ftasks')).toMatchObject({ code: 'forbidden' });
    expect(await problemOf('GET /api/alice%2ftasks/tasks')).toMatchObject({ code: 'forbidden' });
    expect(await problemOf('GET /api/alice%00/tasks')).toMatchObject({ code: 'forbidden' });
  });

  test.each(['__proto__', 'constructor', 'a/b', '%2f', ':user_id', 'é😀'])(
    'may have any user in it: %s',
    async (user) => {
      const client = await signedIn(server.url, user);
      const path = `/api/${encodeURIComponent(user)}/tasks`;
      const { status, body: task } = await client('POST', path, { body: { title: 'a' } });
      expect([status, task.user_id]).toStrictEqual([201, user]);
      expect((await client('GET', `${path}/${task.id}`)).body).toStrictEqual(task);
      expect((await client('GET', `${path}/__proto__`)).status).toBe(400);
      expect((await alice('GET', path)).body.code).toBe('forbidden');
    },
  );

  test('is the same when it is encoded without need, and in absolute form', async () => {
    const token = await signToken({ sub: 'alice' });
    for (const target of [
      '/api/%61lice/tasks',
      'http://x/api/alice/tasks',
      'HTTPS://[::1]:1/api/alice/tasks?limit=1',
      'any://x/api/alice/tasks',
    ]) {
      const request = `GET ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`;
      expect((await sendRaw(server.url, request)).status).toBe(200);
    }
  });

  test.each([
    'http://x',
    'http://x?y',
    'x://y',
    'x://y?z',
    'x://?//livez',
    '*',
    '//a@b#',
    '//a@b#/x',
    '//a@[b#x',
    '//a@b?x#',
    '/\\a@b#x',
    'http://h//a@[b#x',
  ])('that is missing is 404 as any other: %s', async (target) => {
    const { status, code } = await problemOf(`GET ${target}`);
    expect([status, code]).toStrictEqual([404, 'route_not_found']);
  });

  test('that nobody can read does no harm, not even before a body that is no HTTP', async () => {
    const head = 'POST //a@b# HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n';
    expect([400, 404]).toContain((await sendRaw(server.url, `${head}ZZZ\r\n`)).status);
    expect((await alice('GET', '/livez')).status).toBe(200);
  });

  test.each([
    '?limit=%zz',
    '?%ff=1',
    '?limit=%00',
    '?cursor=%',
    '?__proto__=1',
    '?a[b]=1',
    '?&&&=',
    '?constructor=1',
  ])('with the odd query %s is 400 and nothing worse', async (query) => {
    const { status, code } = await problemOf(`GET /api/alice/tasks${query}`);
    const expected = query.startsWith('?cursor') ? 'invalid_cursor' : 'invalid_request';
    expect([status, code]).toStrictEqual([400, expected]);
  });
});

describe('a method that a path does not have', () => {
  const paths: readonly (readonly [string, string, readonly string[]])[] = [
    ['/livez', 'GET, HEAD, OPTIONS', ['POST', 'PUT', 'PATCH', 'DELETE']],
    ['/api/alice', 'GET, DELETE, HEAD, OPTIONS', ['POST', 'PUT', 'PATCH']],
    ['/api/alice/export', 'GET, HEAD, OPTIONS', ['POST', 'PUT', 'PATCH', 'DELETE']],
    ['/api/alice/tasks', 'GET, POST, HEAD, OPTIONS', ['PUT', 'PATCH', 'DELETE']],
    [`/api/alice/tasks/${ID}`, 'GET, PUT, PATCH, DELETE, HEAD, OPTIONS', ['POST']],
    [`/api/alice/tasks/${ID}/complete`, 'PATCH, OPTIONS', ['GET', 'POST', 'PUT', 'DELETE']],
  ];

  test.each(paths)('is 405 on %s, with Allow: %s', async (path, allow, methods) => {
    for (const method of methods) {
      const { status, headers, body } = await alice(method, path);
      expect(status).toBe(405);
      expect(headers.get('Allow')).toBe(allow);
      expect(body.code).toBe('method_not_allowed');
    }
  });

  test.each(paths)('is not OPTIONS: %s answers it with Allow and no body', async (path, allow) => {
    const { status, headers, text } = await createClient(server.url)('OPTIONS', path);
    expect([status, headers.get('Allow'), text]).toStrictEqual([204, allow, '']);
  });

  test.each(['TRACE', 'PROPFIND', 'PURGE', 'LINK', 'M-SEARCH'])('is 405 for %s', async (method) => {
    expect(await problemOf(`${method} /livez`)).toMatchObject({ code: 'method_not_allowed' });
  });

  test('is 400 when HTTP does not know it either, and for CONNECT nothing is opened', async () => {
    expect(await problemOf('BREW /livez')).toMatchObject({
      status: 400,
      code: 'malformed_request',
    });
    expect(await problemOf('CONNECT db.test:5432')).toMatchObject({
      status: 405,
      code: 'method_not_allowed',
    });
  });
});

describe('HEAD', () => {
  /** The answer over a connection of its own; HEAD is read without a body. */
  async function ask(method: string, path: string): Promise<RawAnswer> {
    const token = await signToken({ sub: 'alice' });
    const fields = `Host: x\r\nAuthorization: Bearer ${token}\r\nX-Request-Id: the-same`;
    const request = `${method} ${path} HTTP/1.1\r\n${fields}\r\n\r\n`;
    return sendRaw(server.url, request, { withoutBody: method === 'HEAD' });
  }

  test.each([
    '/livez',
    '/health',
    '/api/alice',
    '/api/alice/tasks',
    '/api/alice/tasks?limit=0',
    '/api/bob/tasks',
    `/api/alice/tasks/${ID}`,
    `/api/alice/tasks/${ID}/complete`,
    '/nothing',
    '/api/%zz/tasks',
  ])('has the status and headers of GET on %s', async (path) => {
    const get = await ask('GET', path);
    const head = await ask('HEAD', path);
    expect(head.status).toBe(get.status);
    expect(Number(get.headers['content-length'])).toBe(Buffer.byteLength(get.text));
    // The moment differs, and the latency in /health may have a digit more or less.
    const differs = { date: '', ...(path === '/health' && { 'content-length': '' }) };
    expect({ ...head.headers, ...differs }).toStrictEqual({ ...get.headers, ...differs });
  });

  test('has the headers of GET for one task', async () => {
    const { body: task } = await alice('POST', '/api/alice/tasks', { body: { title: 'a' } });
    const path = `/api/alice/tasks/${task.id}`;
    const get = await alice('GET', path);
    const head = await alice('HEAD', path);
    expect(head.status).toBe(200);
    for (const name of ['ETag', 'Content-Type', 'Content-Length']) {
      expect(head.headers.get(name)).toBe(get.headers.get(name));
    }
    expect(Number(head.headers.get('Content-Length'))).toBe(Buffer.byteLength(get.text));
    const headers = { 'If-None-Match': head.headers.get('ETag')! };
    expect((await alice('HEAD', path, { headers })).status).toBe(304);
  });

  test('sends no byte of a body over the wire', async () => {
    const request = 'HEAD /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    const { headers } = await sendRaw(server.url, request, { withoutBody: true });
    expect(headers['content-length']).toBe('15');
    const both = `HEAD /livez HTTP/1.1\r\nHost: x\r\n\r\nGET /livez HTTP/1.1\r\nHost: x\r\n\r\n`;
    const { status } = await sendRaw(server.url, both, { withoutBody: true });
    expect(status).toBe(200);
  });
});
