import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openSession } from '../faults/session.ts';
import { createClient, signedIn, type Client } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  createSigningKey,
  startJwksEndpoint,
  TEST_AUDIENCE,
  TEST_ISSUER,
} from '../support/jwks.ts';
import { openConnection } from '../support/raw.ts';
import { createTask, tasksOf } from '../support/scenarios.ts';
import { signToken } from '../support/tokens.ts';
import { startObservedServer, valueOf, type ObservedServer, type Sample } from './observed.ts';

let database: TestDatabase;
let server: ObservedServer;
let alice: Client;
beforeAll(async () => {
  database = await createTestDatabase();
  server = await startObservedServer(database.url, { RATE_LIMIT: '20/86400' });
  alice = await signedIn(server.url, 'alice');
});
afterAll(async () => {
  await server.stop();
  await database.drop();
});

/** By how much the sum of these samples grows while `work` is done, once what it did is counted. */
async function growth(
  work: () => Promise<unknown>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number> {
  const before = valueOf(await server.scrape(), name, labels);
  await work();
  // A request is counted when its answer has gone, which the client may see earlier.
  for (;;) {
    const samples = await server.scrape();
    if (valueOf(samples, 'http_requests_in_flight') === 0) {
      return valueOf(samples, name, labels) - before;
    }
  }
}

describe('a request', () => {
  const count = 'http_request_duration_seconds_count';

  test('is timed by its operation and the class of its status', async () => {
    const labels = { operation_id: 'createTask', status_class: '2xx' };
    expect(await growth(() => createTask(alice, 'alice'), count, labels)).toBe(1);
  });

  test('that the contract does not have is timed as none', async () => {
    const labels = { operation_id: 'none', status_class: '4xx' };
    expect(await growth(() => alice('GET', '/nowhere'), count, labels)).toBe(1);
  });

  test('is in flight until its answer has gone', async () => {
    const inFlight = async () => valueOf(await server.scrape(), 'http_requests_in_flight');
    const connection = await openConnection(server.url);
    connection.write(
      [
        `POST ${tasksOf('alice')} HTTP/1.1`,
        'Host: x',
        `Authorization: Bearer ${await signToken({ sub: 'alice' })}`,
        'Content-Type: application/json',
        'Content-Length: 2',
        '',
        '{',
      ].join('\r\n'),
    );
    while ((await inFlight()) === 0);
    expect(await inFlight()).toBe(1);
    connection.write('}');
    await connection.answer();
    connection.socket.destroy();
    while ((await inFlight()) > 0);
  });
});

describe('an authentication that fails', () => {
  test.each<[string, () => Promise<string> | string | undefined]>([
    ['missing', () => undefined],
    ['malformed', () => 'x'],
    ['signature', () => signToken({ sub: 'alice' }, { secret: 's'.repeat(32) })],
    ['expired', () => signToken({ sub: 'alice', exp: 1 })],
  ])('is counted as %s', async (reason, makeToken) => {
    const stranger = createClient(server.url, await makeToken());
    const ask = () => stranger('GET', tasksOf('alice'));
    expect(await growth(ask, 'auth_failures_total', { reason })).toBe(1);
  });
});

test('the failures that are too many for an address are counted by their reason, too', async () => {
  const [known, unknown] = await Promise.all(
    ['known', 'unknown'].map((kid) => createSigningKey('ES256', kid)),
  );
  const endpoint = await startJwksEndpoint([known!.jwk]);
  const asked = Promise.withResolvers<ServerResponse>();
  endpoint.answer = asked.resolve;
  const strict = await startObservedServer(database.url, {
    JWKS_URL: endpoint.url.href,
    JWT_ISSUER: TEST_ISSUER,
    JWT_AUDIENCE: TEST_AUDIENCE,
    RATE_LIMIT: '1/86400',
  });
  const inFlight = async () => valueOf(await strict.scrape(), 'http_requests_in_flight');
  const stranger = createClient(strict.url, await unknown!.sign());
  const answers = Array.from({ length: 3 }, () => stranger('GET', tasksOf('alice')));
  // All of them wait for the keys, so none is refused before its token is looked at.
  while ((await inFlight()) < answers.length);
  (await asked.promise).end(JSON.stringify({ keys: endpoint.keys }));
  const statuses = (await Promise.all(answers)).map(({ status }) => status);
  expect(statuses.sort()).toEqual([401, 429, 429]);
  while ((await inFlight()) > 0);
  expect(valueOf(await strict.scrape(), 'auth_failures_total')).toBe(3);
  await strict.stop();
  await endpoint.close();
});

describe('a token', () => {
  test.each([
    ['miss', 1],
    ['hit', 2],
  ])('is counted as a %s in the cache, %d times in three requests', async (result, times) => {
    const client = await signedIn(server.url, randomUUID());
    const ask = async () => {
      for (let i = 0; i < 3; i += 1) await client('GET', tasksOf('alice'));
    };
    const labels = { cache: 'verified_token', result };
    expect(await growth(ask, 'cache_lookups_total', labels)).toBe(times);
  });
});

test('the decisions of the rate limit are counted', async () => {
  const user = randomUUID();
  const client = await signedIn(server.url, user);
  const flood = async () => {
    for (let i = 0; i < 25; i += 1) await client('GET', tasksOf(user));
  };
  const before = await server.scrape();
  await growth(flood, 'up');
  const after = await server.scrape();
  const grown = (outcome: string) => {
    const of = (samples: readonly Sample[]) =>
      valueOf(samples, 'rate_limit_decisions_total', { policy: 'user', outcome });
    return of(after) - of(before);
  };
  expect([grown('allowed'), grown('refused')]).toEqual([20, 5]);
  expect(valueOf(after, 'rate_limit_fallback')).toBe(0);
});

test('what becomes of idempotency keys is counted', async () => {
  const user = randomUUID();
  const client = await signedIn(server.url, user);
  const post = (title: string) =>
    client('POST', tasksOf(user), { body: { title }, headers: { 'Idempotency-Key': '"one"' } });
  for (const [outcome, title] of [
    ['first', 'a'],
    ['replayed', 'a'],
    ['reused', 'b'],
  ] as const) {
    expect(await growth(() => post(title), 'idempotency_keys_total', { outcome })).toBe(1);
  }
});

test('what was broken off is counted as no use of an idempotency key', async () => {
  const breakOff = async () => {
    const connection = await openConnection(server.url);
    connection.write(await unfinishedPost('Content-Length: 100', 'Idempotency-Key: "broken-off"'));
    while (valueOf(await server.scrape(), 'http_requests_in_flight') === 0);
    connection.socket.destroy();
  };
  expect(await growth(breakOff, 'idempotency_keys_total')).toBe(0);
});

test('an answer on the connection itself is timed by its status', async () => {
  const labels = { operation_id: 'createTask', status_class: '4xx' };
  const breakChunks = async () => {
    const connection = await openConnection(server.url);
    connection.write(await unfinishedPost('Transfer-Encoding: chunked'));
    while (valueOf(await server.scrape(), 'http_requests_in_flight') === 0);
    connection.write('ZZZ\r\n');
    expect((await connection.answer()).status).toBe(400);
    connection.socket.destroy();
  };
  expect(await growth(breakChunks, 'http_request_duration_seconds_count', labels)).toBe(1);
});

/** The head of a request that makes a task, and no body. */
async function unfinishedPost(...fields: string[]): Promise<string> {
  return [
    `POST ${tasksOf('mallory')} HTTP/1.1`,
    'Host: x',
    `Authorization: Bearer ${await signToken({ sub: 'mallory' })}`,
    'Content-Type: application/json',
    ...fields,
    '\r\n',
  ].join('\r\n');
}

describe('the database', () => {
  test('has each statement timed by its name', async () => {
    const user = randomUUID();
    const client = await signedIn(server.url, user);
    const labels = { statement: 'insert_task' };
    const work = () => createTask(client, user);
    expect(await growth(work, 'db_query_duration_seconds_count', labels)).toBe(1);
    expect(valueOf(await server.scrape(), 'db_connect_duration_seconds_count')).toBeGreaterThan(0);
  });

  test('has each wait for a place measured once, when there was one at once, too', async () => {
    const user = randomUUID();
    const client = await signedIn(server.url, user);
    const work = () => client('GET', tasksOf(user));
    expect(await growth(work, 'db_pool_wait_duration_seconds_count')).toBe(1);
  });

  test('has its connections counted', async () => {
    const samples = await server.scrape();
    const states = samples.filter(({ name }) => name === 'db_pool_connections');
    expect(states.map(({ labels }) => labels.state)).toEqual(['acquired', 'idle', 'connecting']);
    expect(valueOf(samples, 'db_pool_connections')).toBeGreaterThan(0);
    expect(valueOf(samples, 'db_pool_connections_max')).toBe(5);
    expect(valueOf(samples, 'db_pool_waiters')).toBe(0);
  });

  test('has those counted who wait for a connection, be it one of their share or any', async () => {
    const crowded = await startObservedServer(database.url, {
      DATABASE_POOL_MAX: '1',
      DATABASE_POOL_WAIT: '20000',
      SHED_LOAD: 'off',
    });
    const session = await openSession(database.url);
    try {
      const [owner, other] = [randomUUID(), randomUUID()];
      const [blocked, free] = [
        await signedIn(crowded.url, owner),
        await signedIn(crowded.url, other),
      ];
      const { id } = await createTask(blocked, owner);
      await session.query('BEGIN');
      await session.query('SELECT FROM users WHERE user_id = $1 FOR UPDATE', [owner]);
      const done = { body: { completed: true } };
      const holding = blocked('PATCH', `${tasksOf(owner)}/${id}/complete`, done);
      await session.untilWaiting(1);
      const waiting = [blocked('GET', tasksOf(owner)), free('GET', tasksOf(other))];
      const load = async () => {
        const samples = await crowded.scrape();
        const inFlight = valueOf(samples, 'http_requests_in_flight');
        return { waiters: valueOf(samples, 'db_pool_waiters'), inFlight };
      };
      let now;
      // At the latest the limit on locks ends it.
      do now = await load();
      while (now.waiters < waiting.length && now.inFlight > 0);
      expect(now.waiters).toBe(2);
      await session.query('ROLLBACK');
      for (const { status } of await Promise.all([holding, ...waiting])) expect(status).toBe(200);
      expect((await load()).waiters).toBe(0);
    } finally {
      await session.end();
      await crowded.stop();
    }
  });

  test('has no statement without a name', async () => {
    const samples = await server.scrape();
    expect(samples.filter(({ labels }) => labels.statement === 'unnamed')).toEqual([]);
  });
});

test('the process and its event loop are measured', async () => {
  const names = (await server.scrape()).map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining([
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'nodejs_eventloop_lag_p99_seconds',
    ]),
  );
});

describe('the listener for metrics', () => {
  test('has no other page, and takes no other method', async () => {
    const answers = await Promise.all([
      fetch(`${server.metricsUrl}/metrics?x=1`),
      fetch(`${server.metricsUrl}/`),
      fetch(`${server.metricsUrl}/metrics`, { method: 'POST', body: 'x' }),
      fetch(`${server.metricsUrl}/metrics`, { method: 'HEAD' }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 405, 200]);
    expect(answers[0].headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(answers[2].headers.get('allow')).toBe('GET, HEAD');
  });

  test('is the only one that shows them', async () => {
    expect((await fetch(`${server.url}/metrics`)).status).toBe(404);
  });
});
