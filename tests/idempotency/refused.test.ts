import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { problem } from '../../src/contract/problems.ts';
import { idempotently } from '../../src/http/idempotency.ts';
import { signedIn } from '../support/client.ts';
import { tasksOf } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

test('a request that the handler refuses frees its own key, and nobody else’s', async () => {
  const bob = await signedIn(server.url, 'bob');
  await bob('POST', tasksOf('bob'), {
    body: { title: 'a' },
    headers: { 'Idempotency-Key': 'same' },
  });
  const repeat = {
    owner: { subject: 'alice', issuedAt: Date.now() / 1000 },
    operationId: 'createTask' as const,
    field: 'same',
    content: { path: {}, query: {}, body: { title: 'a' } },
  };
  const refuse = () => Promise.resolve(problem('task_not_found', 'There is none.'));
  expect((await idempotently(server.db, repeat, refuse)).status).toBe(404);
  const kept = await server.db.anyFirst(sql.unsafe`SELECT user_id FROM idempotency_keys`);
  expect(kept).toEqual(['bob']);
});
