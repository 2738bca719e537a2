import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { findFreePort } from '../../scripts/local/port.ts';
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
import { until } from '../support/until.ts';
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
  return valueOf(await settled(server), name, labels) - before;
}

/** What there is to scrape once what was done is counted. */
async function settled(of: ObservedServer): Promise<Sample[]> {
  let samples: Sample[] = [];
  // A request is counted when its answer has gone, which the client may see earlier.
  await until(async () => {
    samples = await of.scrape();
    return valueOf(samples, 'http_requests_in_flight') === 0;
  });
  return samples;
}

/** Waits until so many requests are in flight. */
async function untilInFlight(count: number, of = server): Promise<void> {
  await until(async () => valueOf(await of.scrape(), 'http_requests_in_flight') >= count);
}

/** How much is asked of the connections to the database. */
async function loadOf(of: ObservedServer) {
  const samples = await of.scrape();
  const acquired = valueOf(samples, 'db_pool_connections', { state: 'acquired' });
  const inFlight = valueOf(samples, 'http_requests_in_flight');
  return { waiters: valueOf(samples, 'db_pool_waiters'), acquired, inFlight };
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
    await untilInFlight(1);
    expect(valueOf(await server.scrape(), 'http_requests_in_flight')).toBe(1);
    connection.write('}');
    await connection.answer();
    connection.socket.destroy();
    await settled(server);
  });

  test('whose client left before there was an answer is timed as none', async () => {
    const labels = { operation_id: 'createTask', status_class: 'none' };
    expect(await growth(() => breakOff('Content-Length: 100'), count, labels)).toBe(1);
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

  test('is counted as revoked when its user was erased', async () => {
    const user = randomUUID();
    const client = await signedIn(server.url, user);
    await client('DELETE', `/api/${user}`, { headers: { 'If-Match': '*' } });
    const ask = () => client('GET', tasksOf(user));
    expect(await growth(ask, 'auth_failures_total', { reason: 'revoked' })).toBe(1);
  });

  test('is counted as key_source_unavailable when there are no keys to be had', async () => {
    const endpoint = await startJwksEndpoint([]);
    endpoint.answer = (response) => void response.writeHead(500).end();
    const keyless = await startObservedServer(database.url, {
      JWKS_URL: endpoint.url.href,
      JWT_ISSUER: TEST_ISSUER,
      JWT_AUDIENCE: TEST_AUDIENCE,
    });
    try {
      const key = await createSigningKey('ES256', 'any');
      const client = createClient(keyless.url, await key.sign());
      expect((await client('GET', tasksOf('alice'))).status).toBe(503);
      const reason = { reason: 'key_source_unavailable' };
      expect(valueOf(await settled(keyless), 'auth_failures_total', reason)).toBe(1);
    } finally {
      await keyless.stop();
      await endpoint.close();
    }
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
  const stranger = createClient(strict.url, await unknown!.sign());
  const answers = Array.from({ length: 3 }, () => stranger('GET', tasksOf('alice')));
  // All of them wait for the keys, so none is refused before its token is looked at.
  await untilInFlight(answers.length, strict);
  (await asked.promise).end(JSON.stringify({ keys: endpoint.keys }));
  const statuses = (await Promise.all(answers)).map(({ status }) => status);
  expect(statuses.sort()).toEqual([401, 429, 429]);
  const samples = await settled(strict);
  expect(valueOf(samples, 'auth_failures_total')).toBe(3);
  const decided = (outcome: string) =>
    valueOf(samples, 'rate_limit_decisions_total', { policy: 'address', outcome });
  expect([decided('allowed'), decided('refused')]).toEqual([1, 2]);
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

test('that limits are counted without Redis is shown, and so is each decision', async () => {
  const gone = `redis://127.0.0.1:${await findFreePort()}`;
  const alone = await startObservedServer(database.url, { RATE_LIMIT: '20/60', REDIS_URL: gone });
  try {
    await alone.logged('rate limits are counted per instance, not in Redis');
    const client = await signedIn(alone.url, 'alice');
    for (let i = 0; i < 3; i += 1) await client('GET', tasksOf('alice'));
    await createClient(alone.url)('GET', tasksOf('alice'));
    const samples = await alone.scrape();
    expect(valueOf(samples, 'rate_limit_fallback')).toBe(1);
    const decided = (policy: string) =>
      valueOf(samples, 'rate_limit_fallback_decisions_total', { policy });
    expect([decided('user'), decided('address')]).toEqual([3, 1]);
  } finally {
    await alone.stop();
  }
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
  const post = () => breakOff('Content-Length: 100', 'Idempotency-Key: "broken-off"');
  expect(await growth(post, 'idempotency_keys_total')).toBe(0);
});

test('an answer on the connection itself is timed by its status', async () => {
  const labels = { operation_id: 'createTask', status_class: '4xx' };
  const breakChunks = async () => {
    const connection = await openConnection(server.url);
    connection.write(await unfinishedPost('Transfer-Encoding: chunked'));
    await untilInFlight(1);
    connection.write('ZZZ\r\n');
    expect((await connection.answer()).status).toBe(400);
    connection.socket.destroy();
  };
  expect(await growth(breakChunks, 'http_request_duration_seconds_count', labels)).toBe(1);
});

/** Begins a request that makes a task, and leaves before its body is there. */
async function breakOff(...fields: string[]): Promise<void> {
  const connection = await openConnection(server.url);
  connection.write(await unfinishedPost(...fields));
  await untilInFlight(1);
  // Who merely ends it may still read, and is answered.
  connection.socket.resetAndDestroy();
}

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

  test('has the connections timed that could not be opened, too', async () => {
    const gone = new URL(database.url);
    gone.port = String(await findFreePort());
    const alone = await startObservedServer(gone.href);
    try {
      const client = await signedIn(alone.url, 'alice');
      expect((await client('GET', tasksOf('alice'))).status).toBe(503);
      const samples = await alone.scrape();
      expect(valueOf(samples, 'db_connect_duration_seconds_count')).toBeGreaterThan(0);
    } finally {
      await alone.stop();
    }
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
      let now;
      // At the latest the limit on locks ends it.
      do now = await loadOf(crowded);
      while (now.waiters < waiting.length && now.inFlight > 0);
      expect([now.waiters, now.acquired]).toEqual([2, 1]);
      await session.query('ROLLBACK');
      for (const { status } of await Promise.all([holding, ...waiting])) expect(status).toBe(200);
      expect((await loadOf(crowded)).waiters).toBe(0);
    } finally {
      await session.end();
      await crowded.stop();
    }
  });

  test('has those refused counted who would have waited behind too many', async () => {
    const crowded = await startObservedServer(database.url, {
      DATABASE_POOL_MAX: '1',
      DATABASE_POOL_WAIT: '20000',
    });
    const session = await openSession(database.url);
    try {
      const owner = randomUUID();
      const blocked = await signedIn(crowded.url, owner);
      const { id } = await createTask(blocked, owner);
      const ask = async () => {
        const user = randomUUID();
        return (await signedIn(crowded.url, user))('GET', tasksOf(user));
      };
      const crowd = (size: number) => Promise.all(Array.from({ length: size }, ask));
      await session.query('BEGIN');
      await session.query('SELECT FROM users WHERE user_id = $1 FOR UPDATE', [owner]);
      // Until the limit on locks ends it, at the latest; by then there are too many in any case.
      const holding = blocked('DELETE', `${tasksOf(owner)}/${id}`);
      await session.untilWaiting(1);
      const first = crowd(15);
      let now;
      // At the latest the limit on locks ends it.
      do now = await loadOf(crowded);
      while (now.waiters < 10 && now.inFlight > 0);
      const refused = await crowd(5);
      await session.query('ROLLBACK');
      await holding;
      expect(refused.map(({ status }) => status)).toEqual(Array(5).fill(503));
      const statuses = [...(await first), ...refused].map(({ status }) => status);
      const count = statuses.filter((status) => status === 503).length;
      expect(count).toBeLessThan(statuses.length);
      const samples = await crowded.scrape();
      const reason = { reason: 'database' };
      expect(valueOf(samples, 'http_requests_refused_total', reason)).toBe(count);
      expect(valueOf(samples, 'http_requests_refused_total')).toBe(count);
    } finally {
      await session.end();
      await crowded.stop();
    }
  });

  test('has its failures counted by what they mean', async () => {
    const owner = randomUUID();
    const client = await signedIn(server.url, owner);
    await createTask(client, owner);
    const session = await openSession(database.url);
    try {
      await session.query('BEGIN');
      await session.query('SELECT FROM users WHERE user_id = $1 FOR UPDATE', [owner]);
      // Until the limit on locks ends it.
      const write = async () => {
        const { status } = await client('POST', tasksOf(owner), { body: { title: 'late' } });
        expect(status).toBe(503);
      };
      const failures = 'db_query_failures_total';
      expect(await growth(write, failures, { failure: 'locked' })).toBe(1);
    } finally {
      await session.end();
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
