import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { issuedAt, letTimePass, now } from '../operations/account.ts';
import { signedIn } from '../support/client.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

test('a token from before the erasure is not given the answer to a request from after it', async () => {
  const before = await issuedAt(server.url, 'erin', now() - 60);
  const after = await signedIn(server.url, 'erin');
  const request = { body: { title: 'private' }, headers: { 'Idempotency-Key': 'k' } };

  expect((await before('DELETE', '/api/erin', { headers: { 'If-Match': '"0"' } })).status).toBe(
    204,
  );
  await letTimePass(server, 'erin');
  expect((await after('POST', '/api/erin/tasks', request)).status).toBe(201);
  expect(
    (await after('POST', '/api/erin/tasks', request)).headers.get('Idempotency-Replayed'),
  ).toBe('true');
  const refused = await before('POST', '/api/erin/tasks', request);
  expect([refused.status, refused.body.code]).toEqual([401, 'invalid_token']);
  expect(refused.text).not.toContain('private');
});
