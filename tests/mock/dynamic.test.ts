import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { successOf, validRequest } from '../contract/requests.ts';
import { createClient, type Client } from '../support/client.ts';
import { operations } from '../support/contract.ts';
import { startMock, type RunningMock } from './mock.ts';

let mock: RunningMock;
let client: Client;
beforeAll(async () => {
  mock = await startMock('--dynamic', '--seed', 'seed');
  client = createClient(mock.url, 'any');
}, 90_000);
afterAll(() => mock.stop());

test.each(operations.map((operation) => [operation.id, operation] as const))(
  'a generated answer to %s is as documented',
  async (_, operation) => {
    const { method, path, ...options } = validRequest(operation, 'alice');
    expect((await client(method, path, options)).status).toBe(successOf(operation));
  },
);

test('answers are generated, and not the examples', async () => {
  const { body } = await client('GET', '/api/alice');
  expect(body.user_id).not.toBe('alice');
});

test('errors are the examples all the same', async () => {
  const { body } = await client('GET', '/api/alice', { headers: { Prefer: 'code=403' } });
  expect(body.code).toBe('forbidden');
});
