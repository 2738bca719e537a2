import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { findFreePort } from '../../scripts/local/port.ts';
import { createClient, signedIn, type Answer, type Client } from '../support/client.ts';
import { sendRaw } from '../support/raw.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signToken } from '../support/tokens.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The request id that is answered to one that was sent. */
async function answeredId(sent: string): Promise<string | undefined> {
  const text = `GET /livez HTTP/1.1\r\nHost: x\r\nX-Request-Id: ${sent}\r\n\r\n`;
  return (await sendRaw(server.url, text)).headers['x-request-id'];
}

describe('the request id', () => {
  test.each(['a', '7', 'abc-DEF_1.2', '019bc0f2-a5e8-7d51-8a3c-2b9f4e6d7c10', 'x'.repeat(128)])(
    'is taken over: %s',
    async (id) => {
      expect(await answeredId(id)).toBe(id);
    },
  );

  test.each([
    '',
    'x'.repeat(129),
    'a b',
    'a,b',
    'a;b',
    '<script>',
    'a%0d%0aX: y',
    'é',
    '"a"',
    'a\tb',
    'a\r\nX-Request-Id: b',
  ])('is made anew instead of %j', async (id) => {
    expect(await answeredId(id)).toMatch(UUID);
  });

  test('is made for each request, and is in every problem document', async () => {
    const answers = [];
    for (const path of ['/livez', '/nothing', '/api/alice/tasks']) {
      answers.push(await createClient(server.url)('GET', path));
    }
    const ids = answers.map(({ headers }) => headers.get('X-Request-Id'));
    expect(new Set(ids).size).toBe(ids.length);
    for (const { body, headers, status } of answers) {
      if (status < 400) continue;
      expect(body.request_id).toBe(headers.get('X-Request-Id'));
      expect(body.instance).toBe(`urn:request:${body.request_id}`);
    }
  });
});

const SECURITY = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

const ORIGIN = 'https://app.example.com';

/** What a page of a listed origin is granted. */
const CORS = {
  'access-control-allow-origin': ORIGIN,
  'access-control-expose-headers':
    'Content-Disposition,ETag,Idempotency-Replayed,Link,Location,RateLimit,RateLimit-Policy,Retry-After,X-Request-Id',
};

/** What is said beside that to whoever asks what may be sent. */
const PREFLIGHT = {
  'access-control-allow-methods': 'GET,HEAD,POST,PUT,PATCH,DELETE',
  'access-control-allow-headers':
    'Authorization,Content-Type,Idempotency-Key,If-Match,If-None-Match,X-Request-Id,traceparent,tracestate',
  'access-control-max-age': '7200',
};

const EVERY = {
  ...SECURITY,
  ...CORS,
  connection: 'keep-alive',
  'keep-alive': 'timeout=65',
  date: expect.stringMatching(/ GMT$/),
  'x-request-id': expect.stringMatching(UUID),
};

const LIMIT = {
  ratelimit: expect.stringMatching(/^"user";r=\d+;t=\d+$/),
  'ratelimit-policy': expect.stringMatching(/^"user";q=\d+;w=60$/),
};

const length = expect.stringMatching(/^\d+$/);

const JSON_BODY = { 'content-type': 'application/json; charset=utf-8', 'content-length': length };

/** An answer of one user's data. */
const PRIVATE = {
  ...EVERY,
  ...LIMIT,
  'cache-control': 'private, no-cache',
  vary: 'Origin, Authorization',
};

const ETAG = { etag: expect.stringMatching(/^"\d+"$/) };

const PUBLIC = { ...EVERY, 'cache-control': 'no-store', vary: 'Origin' };

const PROBLEM = {
  ...PUBLIC,
  'content-type': 'application/problem+json; charset=utf-8',
  'content-length': length,
};

describe('the headers', () => {
  let strict: TestServer;
  let alice: Client;
  let stranger: Client;

  /** A client on a page of a listed origin. */
  async function onPage(url: string, subject?: string): Promise<Client> {
    const client = subject === undefined ? createClient(url) : await signedIn(url, subject);
    return (method, path, { headers, ...options } = {}) =>
      client(method, path, { ...options, headers: { Origin: ORIGIN, ...headers } });
  }

  async function expectHeaders(
    answer: Promise<Answer>,
    status: number,
    headers: Record<string, unknown>,
  ): Promise<void> {
    const { headers: sent, status: answered } = await answer;
    expect(answered).toBe(status);
    expect(Object.fromEntries(sent)).toStrictEqual(headers);
  }

  const create = async (title: string): Promise<string> => {
    const { body } = await alice('POST', '/api/alice/tasks', { body: { title } });
    return `/api/alice/tasks/${body.id}`;
  };

  beforeAll(async () => {
    strict = await startTestServer({ CORS_ORIGINS: ORIGIN, RATE_LIMIT: '1000/60' });
    alice = await onPage(strict.url, 'alice');
    stranger = await onPage(strict.url);
  });
  afterAll(() => strict.close());

  test('of a task', async () => {
    const path = await create('a task');
    await expectHeaders(alice('GET', path), 200, { ...PRIVATE, ...JSON_BODY, ...ETAG });
    // The test's client closes the connection after this one.
    const { 'keep-alive': _, ...head } = { ...PRIVATE, ...JSON_BODY, ...ETAG, connection: 'close' };
    await expectHeaders(alice('HEAD', path), 200, head);
  });

  test('of a list, and of a page of it', async () => {
    await create('a task');
    await create('another task');
    const list = { ...PRIVATE, ...JSON_BODY, ...ETAG };
    await expectHeaders(alice('GET', '/api/alice/tasks'), 200, list);
    await expectHeaders(alice('GET', '/api/alice/tasks?limit=1'), 200, {
      ...list,
      link: expect.stringMatching(/^<\/api\/alice\/tasks\?.*>; rel="next"$/),
    });
  });

  test('of a new task', async () => {
    const created = alice('POST', '/api/alice/tasks', { body: { title: 'a task' } });
    await expectHeaders(created, 201, {
      ...PRIVATE,
      ...JSON_BODY,
      ...ETAG,
      location: expect.stringMatching(/^\/api\/alice\/tasks\/[0-9a-f-]{36}$/),
    });
  });

  test('of a deletion', async () => {
    await expectHeaders(alice('DELETE', await create('a task')), 204, PRIVATE);
  });

  test('of what has not changed', async () => {
    const headers = { 'If-None-Match': '*' };
    const unchanged = alice('GET', await create('a task'), { headers });
    await expectHeaders(unchanged, 304, { ...PRIVATE, ...ETAG });
  });

  test('of an account and of an export, which is negotiated', async () => {
    const account = { ...PRIVATE, ...ETAG };
    await expectHeaders(alice('GET', '/api/alice'), 200, { ...account, ...JSON_BODY });
    const { headers } = await fetch(`${strict.url}/api/alice/export`, {
      headers: { Origin: ORIGIN, Authorization: `Bearer ${await signToken({ sub: 'alice' })}` },
    });
    expect(Object.fromEntries(headers)).toStrictEqual({
      ...account,
      'content-type': 'application/json; charset=utf-8',
      'content-disposition': 'attachment; filename="tasks.json"',
      etag: expect.any(String),
      'transfer-encoding': 'chunked',
      vary: 'Origin, Authorization, Accept',
    });
  });

  test('of invalid requests', async () => {
    const post = (body: unknown, headers = {}) =>
      alice('POST', '/api/alice/tasks', { body, headers });
    await expectHeaders(post({}), 400, { ...PROBLEM, ...LIMIT });
    await expectHeaders(post('{}', { 'Content-Type': 'text/plain' }), 415, {
      ...PROBLEM,
      ...LIMIT,
      accept: 'application/json',
    });
    const unreadable = await fetch(`${strict.url}/api/%`, { headers: { Origin: ORIGIN } });
    expect(Object.fromEntries(unreadable.headers)).toStrictEqual(PROBLEM);
  });

  test('of refusals', async () => {
    await expectHeaders(stranger('GET', '/api/alice/tasks'), 401, {
      ...PROBLEM,
      'www-authenticate': 'Bearer realm="todo-api"',
      ratelimit: expect.stringMatching(/^"address";r=\d+;t=\d+$/),
      'ratelimit-policy': '"address";q=1000;w=60',
    });
    await expectHeaders(alice('GET', '/api/bob/tasks'), 403, { ...PROBLEM, ...LIMIT });
  });

  test('of what there is not', async () => {
    const missing = '/api/alice/tasks/0199f7a4-0000-7000-8000-000000000000';
    await expectHeaders(alice('GET', missing), 404, { ...PROBLEM, ...LIMIT });
    await expectHeaders(stranger('GET', '/nothing'), 404, PROBLEM);
    await expectHeaders(stranger('PUT', '/livez'), 405, {
      ...PROBLEM,
      allow: 'GET, HEAD, OPTIONS',
    });
    await expectHeaders(stranger('OPTIONS', '/livez'), 204, {
      ...PUBLIC,
      ...PREFLIGHT,
      allow: 'GET, HEAD, OPTIONS',
    });
  });

  test('of a failed precondition', async () => {
    const path = await create('a task');
    const headers = { 'If-Match': '"0"' };
    await expectHeaders(alice('DELETE', path, { headers }), 412, { ...PROBLEM, ...LIMIT, ...ETAG });
  });

  test('of one request too many', async () => {
    const limited = await startTestServer({
      CORS_ORIGINS: ORIGIN,
      RATE_LIMIT: '1/60',
      DATABASE_URL: strict.databaseUrl,
    });
    const client = await onPage(limited.url, 'alice');
    await client('GET', '/api/alice/tasks');
    await expectHeaders(client('GET', '/api/alice/tasks'), 429, {
      ...PROBLEM,
      ...LIMIT,
      'retry-after': expect.stringMatching(/^[1-9]\d?$/),
    });
    await limited.close();
  });

  test('of health, with a database and without', async () => {
    for (const path of ['/livez', '/readyz', '/health']) {
      await expectHeaders(stranger('GET', path), 200, { ...PUBLIC, ...JSON_BODY });
    }
    const alone = await startTestServer({
      CORS_ORIGINS: ORIGIN,
      DATABASE_URL: `postgres://nobody@127.0.0.1:${await findFreePort()}/nothing`,
    });
    const unavailable = { ...PROBLEM, 'retry-after': '1' };
    await expectHeaders((await onPage(alone.url))('GET', '/readyz'), 503, unavailable);
    const client = await onPage(alone.url, 'alice');
    await expectHeaders(client('GET', '/api/alice/tasks'), 503, unavailable);
    await alone.close();
  });

  test('of a preflight', async () => {
    const headers = { 'Access-Control-Request-Method': 'PUT' };
    for (const path of ['/api/alice/tasks/1', '/nothing']) {
      await expectHeaders(stranger('OPTIONS', path, { headers }), 204, { ...PUBLIC, ...PREFLIGHT });
    }
  });

  test('without CORS are the same but for the grant', async () => {
    const {
      'access-control-allow-origin': _,
      'access-control-expose-headers': __,
      ...own
    } = PUBLIC;
    const { vary, ...expected } = own;
    expect(vary).toBe('Origin');
    const answer = (await onPage(server.url))('GET', '/livez');
    await expectHeaders(answer, 200, { ...expected, ...JSON_BODY });
  });

  test('do not tell what serves', async () => {
    const { headers } = await createClient(server.url)('GET', '/livez');
    for (const name of ['Server', 'X-Powered-By', 'Via']) expect(headers.get(name)).toBeNull();
  });
});

describe('the content type', () => {
  test('is JSON in UTF-8, or a problem, whatever the client accepts', async () => {
    for (const Accept of ['text/html', '*/*', 'application/xml', 'application/json;q=0']) {
      const options = { headers: { Accept } };
      const good = await createClient(server.url)('GET', '/livez', options);
      expect(good.headers.get('Content-Type')).toBe('application/json; charset=utf-8');
      const bad = await createClient(server.url)('GET', '/nothing', options);
      expect(bad.headers.get('Content-Type')).toBe('application/problem+json; charset=utf-8');
    }
  });
});
