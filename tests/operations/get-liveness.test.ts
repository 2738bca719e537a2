import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createClient, type Client } from '../support/client.ts';
import { expectHeadAsGet, expectProblem } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { withoutDatabase } from './without-database.ts';

let server: TestServer;
let anyone: Client;
beforeAll(async () => {
  server = await startTestServer();
  anyone = createClient(server.url);
});
afterAll(() => server.close());

test('answers that the process is alive', async () => {
  const answer = await anyone('GET', '/livez');
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({ status: 'ok' });
  expect(answer.headers.get('Content-Type')).toBe('application/json; charset=utf-8');
});

test('does not look at the database: it is alive also while that is away', async () => {
  await withoutDatabase(async (client) => {
    const answer = await client('GET', '/livez');
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ status: 'ok' });
  });
});

test('refuses query parameters, of which it has none', async () => {
  const answer = await anyone('GET', '/livez?verbose=1');
  expectProblem(answer, 400, 'invalid_request', ['parameter verbose']);
});

test('needs no token, and does not look at one', async () => {
  const headers = { Authorization: 'Bearer garbage' };
  expect((await anyone('GET', '/livez', { headers })).status).toBe(200);
});

test('answers HEAD as GET, without the body', () => expectHeadAsGet(anyone, '/livez'));
