import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { createClient, signedIn } from '../support/client.ts';
import {
  createSigningKey,
  startJwksEndpoint,
  TEST_AUDIENCE,
  TEST_ISSUER,
} from '../support/jwks.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const MISSING = '/api/alice/tasks/0190a5b0-1c1a-7cc0-8a52-6d1f0f0e0001';
let server: TestServer;

async function start(env: Record<string, string | undefined>): Promise<string> {
  server = await startTestServer(env);
  return server.url;
}

afterEach(async () => {
  await server.close();
});

describe('a 503 because tokens cannot be verified', () => {
  test('tells what the address has left, and counts nothing', async () => {
    const endpoint = await startJwksEndpoint([]);
    endpoint.answer = (response) => void response.writeHead(500).end();
    try {
      const url = await start({
        RATE_LIMIT: '3/60',
        JWT_SECRET: undefined,
        JWKS_URL: endpoint.url.href,
        JWT_ISSUER: TEST_ISSUER,
        JWT_AUDIENCE: TEST_AUDIENCE,
      });
      const token = await (await createSigningKey('EdDSA', 'key')).sign();
      const alice = createClient(url, token);
      for (let request = 0; request < 5; request += 1) {
        const answer = await alice('GET', '/api/alice/tasks');
        expect(answer.status).toBe(503);
        expect(answer.headers.get('retry-after')).toMatch(/^[1-5]$/);
        expect(answer.headers.get('ratelimit')).toBe('"address";r=3;t=60');
        expect(answer.headers.get('ratelimit-policy')).toBe('"address";q=3;w=60');
      }
      expect((await createClient(url)('GET', '/api/alice/tasks')).status).toBe(401);
      const after = await alice('GET', '/api/alice/tasks');
      expect([after.status, after.headers.get('ratelimit')]).toEqual([
        503,
        expect.stringMatching(/^"address";r=2;t=\d+$/),
      ]);
    } finally {
      await endpoint.close();
    }
  });
});

describe('a user', () => {
  test('is told what is left by every answer, whatever was asked and answered', async () => {
    const alice = await signedIn(await start({ RATE_LIMIT: '100/60' }), 'alice');
    const body = { title: 'Buy milk' };
    const answers = [
      await alice('GET', '/api/alice/tasks'),
      await alice('HEAD', '/api/alice/tasks'),
      await alice('POST', '/api/alice/tasks', { body }),
      await alice('POST', '/api/alice/tasks', { body: { title: '' } }),
      await alice('POST', '/api/alice/tasks', { body, headers: { 'Content-Type': 'text/plain' } }),
      await alice('GET', MISSING),
      await alice('DELETE', MISSING),
      await alice('GET', '/api/bob/tasks'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 201, 400, 415, 404, 404, 403]);
    expect(answers.map(({ headers }) => headers.get('ratelimit'))).toEqual(
      [99, 98, 97, 96, 95, 94, 93, 92].map((left) =>
        expect.stringMatching(new RegExp(`^"user";r=${left};t=(60|[1-5]?\\d)$`)),
      ),
    );
    for (const { headers } of answers) {
      expect(headers.get('ratelimit-policy')).toBe('"user";q=100;w=60');
      expect(headers.get('retry-after')).toBeNull();
    }
  });

  test('is refused when the limit is used up, and nothing is done for them', async () => {
    const alice = await signedIn(await start({ RATE_LIMIT: '2/60' }), 'alice');
    const post = () => alice('POST', '/api/alice/tasks', { body: { title: 'Buy milk' } });
    expect([(await post()).status, (await post()).status]).toEqual([201, 201]);
    const refused = await post();
    expect(refused.status).toBe(429);
    expect(refused.body).toMatchObject({
      code: 'rate_limited',
      detail: 'A user may make 2 requests in 60 seconds.',
    });
    const wait = Number(refused.headers.get('retry-after'));
    expect(wait).toBeGreaterThan(55);
    expect(refused.headers.get('ratelimit')).toBe(`"user";r=0;t=${wait}`);
    expect(refused.headers.get('ratelimit-policy')).toBe('"user";q=2;w=60');
    expect(await server.db.oneFirst(sql.unsafe`SELECT count(*)::integer FROM tasks`)).toBe(2);
  });

  test('does not pay for another', async () => {
    const url = await start({ RATE_LIMIT: '1/60' });
    const alice = await signedIn(url, 'alice');
    const bob = await signedIn(url, 'bob');
    expect((await alice('GET', '/api/alice/tasks')).status).toBe(200);
    expect((await alice('GET', '/api/alice/tasks')).status).toBe(429);
    expect((await bob('GET', '/api/bob/tasks')).status).toBe(200);
    expect((await bob('GET', '/api/alice/tasks')).status).toBe(429);
  });

  test('may come back after as many seconds as Retry-After says', async () => {
    const alice = await signedIn(await start({ RATE_LIMIT: '1/1' }), 'alice');
    await alice('GET', '/api/alice/tasks');
    const refused = await alice('GET', '/api/alice/tasks');
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('1');
    await sleep(1_000);
    expect((await alice('GET', '/api/alice/tasks')).status).toBe(200);
  });
});

describe('an address', () => {
  test('is told with each 401 how often it may fail', async () => {
    const stranger = createClient(await start({ RATE_LIMIT: '100/60' }));
    const forger = createClient(server.url, 'not.a.token');
    const answers = [
      await stranger('GET', '/api/alice/tasks'),
      await forger('GET', '/api/alice/tasks'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([401, 401]);
    expect(answers.map(({ headers }) => headers.get('ratelimit'))).toEqual(
      [99, 98].map((left) => expect.stringMatching(new RegExp(`^"address";r=${left};t=`))),
    );
    expect(answers[0]?.headers.get('ratelimit-policy')).toBe('"address";q=100;w=60');
    expect(answers[0]?.headers.get('www-authenticate')).toMatch(/^Bearer/);
  });

  test('is refused when it has failed too often, with a good token, too', async () => {
    const url = await start({ RATE_LIMIT: '3/60' });
    const forger = createClient(url, 'not.a.token');
    const alice = await signedIn(url, 'alice');
    for (let failure = 0; failure < 3; failure += 1) {
      expect((await forger('GET', '/api/alice/tasks')).status).toBe(401);
    }
    for (const client of [forger, alice]) {
      const refused = await client('GET', '/api/alice/tasks');
      expect(refused.status).toBe(429);
      expect(refused.headers.get('ratelimit')).toMatch(/^"address";r=0;t=\d+$/);
      expect(refused.headers.get('www-authenticate')).toBeNull();
    }
  });

  test('is not limited while it does not fail', async () => {
    const url = await start({ RATE_LIMIT: '1/60' });
    for (const name of ['alice', 'bob', 'carol', 'dave']) {
      const user = await signedIn(url, name);
      expect((await user('GET', `/api/${name}/tasks`)).status).toBe(200);
    }
  });

  test('is the one of the connection, whatever X-Forwarded-For says, when no proxy is trusted', async () => {
    const forger = createClient(await start({ RATE_LIMIT: '3/60' }), 'not.a.token');
    const statuses = await failFrom(forger, ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4']);
    expect(statuses).toEqual([401, 401, 401, 429]);
  });

  test('is the one that the trusted proxy has seen, whatever came before it', async () => {
    const url = await start({ RATE_LIMIT: '3/60', TRUST_PROXY: '1' });
    const forger = createClient(url, 'not.a.token');
    const forged = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'];
    const seen = (real: string) => forged.map((address) => `${address}, ${real}`);
    expect(await failFrom(forger, seen('198.51.100.7'))).toEqual([401, 401, 401, 429]);
    expect(await failFrom(forger, seen('198.51.100.8'))).toEqual([401, 401, 401, 429]);
    expect(await failFrom(forger, ['198.51.100.7'])).toEqual([429]);
  });

  test('stands for its /56', async () => {
    const url = await start({ RATE_LIMIT: '2/60', TRUST_PROXY: '1' });
    const forger = createClient(url, 'not.a.token');
    const addresses = ['2001:db8:0:101::1', '2001:db8:0:1ff::2', '2001:db8:0:100::3'];
    expect(await failFrom(forger, addresses)).toEqual([401, 401, 429]);
    expect(await failFrom(forger, ['2001:db8:0:200::1'])).toEqual([401]);
  });
});

test('health is not limited, and says nothing of limits', async () => {
  const stranger = createClient(await start({ RATE_LIMIT: '1/60' }));
  for (let request = 0; request < 3; request += 1) {
    for (const path of ['/health', '/livez', '/readyz']) {
      const { status, headers } = await stranger('GET', path);
      expect(status).toBe(200);
      expect(headers.has('ratelimit')).toBe(false);
    }
  }
});

test('limits can be off', async () => {
  const alice = await signedIn(await start({ RATE_LIMIT: 'off' }), 'alice');
  for (let request = 0; request < 110; request += 1) {
    const { status, headers } = await alice('GET', '/api/alice/tasks');
    expect(status).toBe(200);
    expect(headers.has('ratelimit')).toBe(false);
    expect(headers.has('ratelimit-policy')).toBe(false);
  }
});

/** What requests are answered that name these in X-Forwarded-For. */
async function failFrom(
  client: ReturnType<typeof createClient>,
  forwarded: readonly string[],
): Promise<number[]> {
  const statuses: number[] = [];
  for (const field of forwarded) {
    const headers = { 'X-Forwarded-For': field };
    statuses.push((await client('GET', '/api/alice/tasks', { headers })).status);
  }
  return statuses;
}
