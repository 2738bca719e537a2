import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { afterEach, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { pino } from 'pino';
import type { DatabasePool } from 'slonik';
import {
  AuthenticationError,
  authenticationFailures,
  KeySourceUnavailableError,
  type AuthenticationFailure,
} from '../../src/auth/errors.ts';
import { parseConfig } from '../../src/config.ts';
import { createDeps } from '../../src/deps.ts';
import type { RequestOutcome } from '../../src/telemetry/http-metrics.ts';
import { createMetrics, type Metrics } from '../../src/telemetry/metrics.ts';
import { TEST_JWT_SECRET } from '../support/tokens.ts';
import { parseSamples, valueOf } from '../telemetry/observed.ts';

afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

const samplesOf = async ({ registry }: Metrics) => parseSamples(await registry.metrics());

/** The samples with this name, by the values of their labels. */
async function seriesOf(metrics: Metrics, name: string): Promise<Record<string, number>> {
  const samples = (await samplesOf(metrics)).filter((sample) => sample.name === name);
  return Object.fromEntries(
    samples.map(({ labels, value }) => [Object.values(labels).join(), value]),
  );
}

/** Fails unless there are these series alone, from nought on, and what is done for one of them counts there alone. */
async function expectCounted(
  metrics: Metrics,
  name: string,
  deeds: Readonly<Record<string, () => void>>,
): Promise<void> {
  const expected = Object.fromEntries(Object.keys(deeds).map((series) => [series, 0]));
  expect(await seriesOf(metrics, name)).toEqual(expected);
  for (const [series, act] of Object.entries(deeds)) {
    act();
    expected[series] = 1;
    expect(await seriesOf(metrics, name)).toEqual(expected);
  }
}

/** Begins a request, and returns what ends it. */
function beginRequest(
  { measureRequest }: Metrics,
  outcome: Partial<RequestOutcome> = {},
): () => void {
  const end = measureRequest();
  const rest = { operation: undefined, problem: undefined, idempotency: undefined };
  return () => {
    end({ ...rest, status: 200, cause: undefined, ...outcome });
  };
}

/** What has a request begin and end. */
function requestOf(metrics: Metrics, outcome: Partial<RequestOutcome>): () => void {
  return () => {
    beginRequest(metrics, outcome)();
  };
}

test('counts refusals by what was overloaded, from nought on', async () => {
  const { registry, countRefusal } = createMetrics();
  const counted = async () => {
    const values = await registry.getSingleMetric('http_requests_refused_total')?.get();
    return values?.values.map(({ labels, value }) => [labels.reason, value]);
  };
  const expected = (database: number, eventLoop: number) =>
    expect.arrayContaining([
      ['database', database],
      ['event_loop', eventLoop],
    ]);
  expect(await counted()).toEqual(expected(0, 0));
  for (const reason of ['database', 'database', 'event_loop'] as const) countRefusal(reason);
  expect(await counted()).toEqual(expected(2, 1));
  countRefusal('event_loop');
  expect(await counted()).toEqual(expected(2, 2));
  expect(await counted()).toHaveLength(2);
});

test('counts who is refused because the event loop is late', async () => {
  const config = parseConfig({
    DATABASE_URL: 'postgres://127.0.0.1/nowhere',
    JWT_SECRET: TEST_JWT_SECRET,
    METRICS_PORT: '0',
    SHED_LOAD: 'on',
  });
  const { db, metrics, turnAway } = await createDeps(config, pino({ level: 'silent' }));
  const isRefused = () => {
    const request = Object.assign(new IncomingMessage(new Socket()), { method: 'GET', url: '/x' });
    return turnAway!.refuse(request, new ServerResponse(request));
  };
  let now = 0;
  jest.useFakeTimers();
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  turnAway!.start();
  for (let turn = 0; turn < 3; turn += 1) {
    for (let count = 0; count < 20; count += 1) expect(isRefused()).toBe(false);
    now += 1_000;
    jest.advanceTimersToNextTimer();
  }
  expect(isRefused()).toBe(true);
  turnAway!.stop();
  jest.useRealTimers();
  const refused = await seriesOf(metrics!, 'http_requests_refused_total');
  expect(refused).toEqual({ database: 0, event_loop: 1 });
  await db.end();
});

test.each([
  [200, '2xx'],
  [304, '3xx'],
  [404, '4xx'],
  [503, '5xx'],
  [undefined, 'none'],
])('a request with the status %s is timed as %s', async (status, statusClass) => {
  const metrics = createMetrics();
  requestOf(metrics, { operation: 'getTask', status })();
  const timed = await seriesOf(metrics, 'http_request_duration_seconds_count');
  expect(timed).toEqual({ [`getTask,${statusClass}`]: 1 });
});

test('counts who could not be authenticated by the reason', async () => {
  const metrics = createMetrics();
  const reasons = authenticationFailures as AuthenticationFailure[];
  const failures = reasons.map(
    (reason) => [reason, requestOf(metrics, { cause: new AuthenticationError(reason) })] as const,
  );
  await expectCounted(metrics, 'auth_failures_total', {
    ...Object.fromEntries(failures),
    key_source_unavailable: requestOf(metrics, { cause: new KeySourceUnavailableError(1) }),
  });
  for (const cause of [undefined, new Error('x')]) requestOf(metrics, { cause })();
  const total = valueOf(await samplesOf(metrics), 'auth_failures_total');
  expect(total).toBe(reasons.length + 1);
});

test('counts what becomes of idempotency keys', async () => {
  const metrics = createMetrics();
  await expectCounted(metrics, 'idempotency_keys_total', {
    first: requestOf(metrics, { idempotency: 'first' }),
    replayed: requestOf(metrics, { idempotency: 'replayed' }),
    reused: requestOf(metrics, { problem: 'idempotency_key_reused' }),
    in_use: requestOf(metrics, { problem: 'idempotency_key_in_use' }),
  });
});

test('counts what the limits decide, and what of it without Redis', async () => {
  const metrics = createMetrics();
  const { countLimitDecision: count } = metrics;
  await expectCounted(metrics, 'rate_limit_decisions_total', {
    'user,allowed': () => count('user', 'allowed', false),
    'user,refused': () => count('user', 'refused', false),
    'address,allowed': () => count('address', 'allowed', false),
    'address,refused': () => count('address', 'refused', false),
  });
  await expectCounted(metrics, 'rate_limit_fallback_decisions_total', {
    user: () => count('user', 'allowed', true),
    address: () => count('address', 'refused', true),
  });
});

test('shows that limits are counted without Redis for as long as they are', async () => {
  const metrics = createMetrics();
  const shown = async () => valueOf(await samplesOf(metrics), 'rate_limit_fallback');
  for (const isActive of [true, false, true]) {
    metrics.setLimitFallback(isActive);
    expect(await shown()).toBe(Number(isActive));
  }
});

test('counts statements that fail by what that means', async () => {
  const metrics = createMetrics();
  const fail = (error: unknown) => () => metrics.database.measureStatement('x')?.(error);
  const failWith = (code: string) =>
    fail(Object.assign(new pg.DatabaseError('x', 1, 'error'), { code }));
  await expectCounted(metrics, 'db_query_failures_total', {
    conflict: failWith('40001'),
    unsent: failWith('57P03'),
    lost: failWith('57P01'),
    locked: failWith('55P03'),
    unavailable: failWith('53300'),
    refused: failWith('23505'),
    other: fail(new Error('x')),
  });
  fail(undefined)();
  expect(valueOf(await samplesOf(metrics), 'db_query_failures_total')).toBe(7);
});

test.each<[string, (metrics: Metrics) => (() => void) | undefined]>([
  ['http_request_duration_seconds', (metrics) => beginRequest(metrics)],
  ['db_query_duration_seconds', ({ database }) => database.measureStatement('x')],
  ['db_pool_wait_duration_seconds', ({ database }) => database.measureWait()],
  ['db_connect_duration_seconds', ({ database }) => database.measureConnect()],
])('%s is in seconds', async (name, begin) => {
  const metrics = createMetrics();
  const clock = jest.spyOn(performance, 'now').mockReturnValue(1_000);
  const end = begin(metrics);
  clock.mockReturnValue(2_500);
  end?.();
  expect(valueOf(await samplesOf(metrics), `${name}_sum`)).toBe(1.5);
});

test('shows what the connections of a pool do, and who waits for them', async () => {
  const metrics = createMetrics();
  const state = {
    acquiredConnections: 1,
    idleConnections: 2,
    pendingConnections: 3,
    waitingClients: 4,
  };
  metrics.database.watchPool({ state: () => state } as unknown as DatabasePool, 5);
  const connections = await seriesOf(metrics, 'db_pool_connections');
  expect(connections).toEqual({ acquired: 1, idle: 2, connecting: 3 });
  const samples = await samplesOf(metrics);
  expect(valueOf(samples, 'db_pool_waiters')).toBe(4);
  expect(valueOf(samples, 'db_pool_connections_max')).toBe(5);
});
