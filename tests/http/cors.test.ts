import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signToken } from '../support/tokens.ts';

const APP = 'https://app.example.com';
const LOCAL = 'http://localhost:5173';

let server: TestServer;
let token: string;
beforeAll(async () => {
  server = await startTestServer({ CORS_ORIGINS: `${APP},${LOCAL}` });
  token = await signToken({ sub: 'alice' });
});
afterAll(() => server.close());

/** The headers of an answer to a page of that origin. */
async function headersFor(origin: string, path: string, init: RequestInit = {}): Promise<Headers> {
  const response = await fetch(server.url + path, {
    ...init,
    headers: { Origin: origin, ...(init.headers as Record<string, string>) },
  });
  await response.arrayBuffer();
  return response.headers;
}

function preflight(origin: string, path: string, method: string, url = server.url) {
  return fetch(url + path, {
    method: 'OPTIONS',
    headers: {
      Origin: origin,
      'Access-Control-Request-Method': method,
      'Access-Control-Request-Headers': 'authorization,content-type,if-match',
    },
  });
}

describe('a page of another origin', () => {
  test.each([APP, LOCAL])('may read answers and problems when it is listed: %s', async (origin) => {
    const signedIn = { headers: { Authorization: `Bearer ${token}` } };
    for (const [path, init] of [
      ['/livez', {}],
      ['/api/alice/tasks', signedIn],
      ['/api/alice/tasks', {}],
      ['/api/bob/tasks', signedIn],
      ['/nothing', {}],
      ['/livez', { method: 'PUT' }],
    ] as const) {
      const headers = await headersFor(origin, path, init);
      expect(headers.get('Access-Control-Allow-Origin')).toBe(origin);
      expect(headers.get('Vary')).toContain('Origin');
      expect(headers.get('Access-Control-Expose-Headers')).toMatch(
        /ETag.*RateLimit,.*X-Request-Id/,
      );
    }
  });

  test.each([
    'https://evil.example',
    'null',
    '*',
    'http://app.example.com',
    'https://app.example.com:8443',
    'https://app.example.com.evil.example',
    'https://evil-app.example.com',
    'https://sub.app.example.com',
    'https://APP.example.com',
    'https://app.example.com/',
    'https://app.example.com,http://localhost:5173',
    'http://localhost:51730',
  ])('is granted nothing when it is not listed: %s', async (origin) => {
    for (const path of ['/livez', '/api/alice/tasks', '/nothing']) {
      const headers = await headersFor(origin, path);
      expect(headers.get('Access-Control-Allow-Origin')).toBeNull();
      expect(headers.get('Vary')).toContain('Origin');
    }
    const { headers } = await preflight(origin, '/api/alice/tasks', 'GET');
    expect(headers.get('Access-Control-Allow-Origin')).toBeNull();
  });

  test('never sends credentials of the browser’s own', async () => {
    const headers = await headersFor(APP, '/livez');
    expect(headers.get('Access-Control-Allow-Credentials')).toBeNull();
    const { headers: before } = await preflight(APP, '/livez', 'GET');
    expect(before.get('Access-Control-Allow-Credentials')).toBeNull();
  });
});

describe('a preflight', () => {
  test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])(
    'is answered without a token, and lets a page send %s',
    async (method) => {
      const answer = await preflight(APP, '/api/alice/tasks/1', method);
      expect(answer.status).toBe(204);
      expect(answer.headers.get('Access-Control-Allow-Methods')?.split(',')).toContain(method);
      expect(answer.headers.get('Access-Control-Allow-Headers')?.toLowerCase()).toMatch(
        /authorization,content-type,idempotency-key,if-match,if-none-match/,
      );
      expect(answer.headers.get('Access-Control-Max-Age')).toBe('7200');
      expect(await answer.text()).toBe('');
    },
  );

  test('is the same for a user or a path that does not exist', async () => {
    const grants = async (path: string) => {
      const { status, headers } = await preflight(APP, path, 'GET');
      const own = ['date', 'x-request-id'];
      return [status, [...headers].filter(([name]) => !own.includes(name))];
    };
    const known = await grants('/api/alice/tasks');
    expect(await grants('/api/nobody/tasks')).toEqual(known);
    expect(await grants('/nothing')).toEqual(known);
  });

  test('is told from an OPTIONS that asks what a path takes', async () => {
    for (const init of [{}, { Origin: APP }, { 'Access-Control-Request-Method': 'GET' }]) {
      const answer = await fetch(`${server.url}/livez`, {
        method: 'OPTIONS',
        headers: init as Record<string, string>,
      });
      expect(answer.headers.get('Allow')).toBe('GET, HEAD, OPTIONS');
    }
  });
});

describe('without origins', () => {
  test('nothing is granted, to whomever', async () => {
    const closed = await startTestServer({ DATABASE_URL: server.databaseUrl });
    for (const answer of [
      await fetch(`${closed.url}/livez`, { headers: { Origin: APP } }),
      await preflight(APP, '/livez', 'GET', closed.url),
    ]) {
      const names = [...answer.headers.keys()];
      expect(names.filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
    await closed.close();
  });
});
