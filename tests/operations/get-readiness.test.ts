import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createClient, type Client } from '../support/client.ts';
import { expectHeadAsGet, expectProblem } from '../support/scenarios.ts';
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

test('answers that the service takes requests', async () => {
  const answer = await anyone('GET', '/readyz');
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({ status: 'ok' });
  expect(answer.headers.get('Content-Type')).toBe('application/json; charset=utf-8');
});

test('answers 503 and when to try again while the database is away, and tells nothing of it', async () => {
  await withoutDatabase(async (client) => {
    const answer = await client('GET', '/readyz');
    expectProblem(answer, 503, 'service_unavailable');
    expect(answer.headers.get('Retry-After')).toBe('1');
    expect(answer.text).not.toMatch(/ECONN|127\.0\.0\.1|postgres|secret/i);
  });
});

test('refuses query parameters, of which it has none', async () => {
  const answer = await anyone('GET', '/readyz?verbose=1');
  expectProblem(answer, 400, 'invalid_request', ['parameter verbose']);
});

test('needs no token, and does not look at one', async () => {
  const headers = { Authorization: 'Bearer garbage' };
  expect((await anyone('GET', '/readyz', { headers })).status).toBe(200);
});

test('answers HEAD as GET, without the body', () => expectHeadAsGet(anyone, '/readyz'));
