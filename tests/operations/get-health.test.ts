import { afterAll, beforeAll, expect, test } from '@jest/globals';
import packageJson from '../../package.json' with { type: 'json' };
import { createClient, type Client } from '../support/client.ts';
import { expectProblem } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { until } from '../support/until.ts';
import { withoutDatabase } from './without-database.ts';

let server: TestServer;
let anyone: Client;
beforeAll(async () => {
  server = await startTestServer();
  anyone = createClient(server.url);
  // On a busy machine the first connection can take longer than a probe waits.
  await until(async () => (await anyone('GET', '/readyz')).status === 200);
});
afterAll(() => server.close());

test('answers what runs here and how quickly the database answers', async () => {
  const startedAt = performance.now();
  const answer = await anyone('GET', '/health');
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({
    status: 'ok',
    version: packageJson.version,
    database: { status: 'ok', latency_ms: expect.any(Number) },
  });
  const latency = answer.body.database.latency_ms;
  expect(latency).toBeGreaterThan(0);
  expect(latency).toBeLessThanOrEqual(performance.now() - startedAt);
  expect(answer.headers.get('Content-Type')).toBe('application/json; charset=utf-8');
});

test('answers 503 and when to try again while the database is away, and tells nothing of it', async () => {
  await withoutDatabase(async (client) => {
    const answer = await client('GET', '/health');
    expectProblem(answer, 503, 'service_unavailable');
    expect(answer.headers.get('Retry-After')).toBe('1');
    expect(answer.text).not.toMatch(/ECONN|127\.0\.0\.1|postgres|secret/i);
  });
});

test('refuses query parameters, of which it has none', async () => {
  const answer = await anyone('GET', '/health?verbose=1');
  expectProblem(answer, 400, 'invalid_request', ['parameter verbose']);
});

test('needs no token, and does not look at one', async () => {
  const headers = { Authorization: 'Bearer garbage' };
  expect((await anyone('GET', '/health', { headers })).status).toBe(200);
});

test('answers HEAD as GET, without the body', async () => {
  // The length differs from one answer to the next, because the latency in it does.
  const head = await anyone('HEAD', '/health');
  expect(head.status).toBe(200);
  expect(head.text).toBe('');
  expect(head.headers.get('Content-Type')).toBe('application/json; charset=utf-8');
  expect(Number(head.headers.get('Content-Length'))).toBeGreaterThan(60);
});
