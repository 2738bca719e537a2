import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createClient, signedIn, type Answer } from '../support/client.ts';
import { sendRaw } from '../support/raw.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

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
    expect(await answeredId(id)).toMatch(UUID_V7);
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

/** Every header of an answer but those that belong to the one answer or to the connection. */
function policy({ headers }: Answer): Record<string, string> {
  const own = [
    'date',
    'connection',
    'keep-alive',
    'content-length',
    'content-type',
    'x-request-id',
  ];
  const specific = ['allow', 'etag', 'www-authenticate', 'location', 'accept'];
  return Object.fromEntries(
    [...headers].filter(([name]) => !own.includes(name) && !specific.includes(name)),
  );
}

describe('the security headers', () => {
  const expected = {
    'content-security-policy': "default-src 'none';frame-ancestors 'none'",
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'cross-origin',
    'origin-agent-cluster': '?1',
    'referrer-policy': 'no-referrer',
    'strict-transport-security': 'max-age=31536000; includeSubDomains',
    'x-content-type-options': 'nosniff',
    'x-dns-prefetch-control': 'off',
    'x-download-options': 'noopen',
    'x-frame-options': 'DENY',
    'x-permitted-cross-domain-policies': 'none',
    'x-xss-protection': '0',
  };

  test('are these, no more and no fewer, on every kind of answer', async () => {
    const alice = await signedIn(server.url, 'alice');
    const stranger = createClient(server.url);
    const answers = [
      await alice('GET', '/livez'),
      await alice('POST', '/api/alice/tasks', { body: { title: 'a' } }),
      await alice('GET', '/api/alice/tasks', { headers: { 'If-None-Match': '*' } }),
      await alice('POST', '/api/alice/tasks', { body: '{' }),
      await alice('POST', '/api/alice/tasks', { body: '{', headers: { 'Content-Type': 'a/b' } }),
      await stranger('GET', '/api/alice/tasks'),
      await alice('GET', '/api/bob/tasks'),
      await stranger('GET', '/nothing'),
      await stranger('PUT', '/livez'),
      await stranger('OPTIONS', '/livez'),
    ];
    expect(answers.map(({ status }) => status)).toStrictEqual([
      200, 201, 304, 400, 415, 401, 403, 404, 405, 204,
    ]);
    for (const answer of answers) expect(policy(answer)).toStrictEqual(expected);
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
