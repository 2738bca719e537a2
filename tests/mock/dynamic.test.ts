import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { successOf, validRequest } from '../contract/requests.ts';
import { createClient, type Client } from '../support/client.ts';
import { contract, operations, violations } from '../support/contract.ts';
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

test('a generated export comes as lines, when lines are asked for', async () => {
  const answer = await fetch(`${mock.url}/api/alice/export`, {
    headers: { Accept: 'application/x-ndjson', Authorization: 'Bearer any' },
  });
  const [user, ...tasks] = (await answer.text()).trimEnd().split('\n');
  expect(violations(contract.components.schemas.User, JSON.parse(user!))).toStrictEqual([]);
  for (const task of tasks) {
    expect(violations(contract.components.schemas.Task, JSON.parse(task))).toStrictEqual([]);
  }
});

test('the link to the next page has the generated cursor', async () => {
  const { headers, body } = await client('GET', '/api/alice/tasks');
  const link = headers.get('Link') ?? '';
  expect(new URLSearchParams(link.split(/[?>]/)[1]).get('cursor')).toBe(body.next_cursor);
});

test('a request that is refused is told what is wrong with it, and nothing is generated', async () => {
  const { status, body } = await client('GET', '/api/alice/tasks?limit=0');
  expect({ status, code: body.code }).toStrictEqual({ status: 400, code: 'invalid_request' });
});

test('errors are the examples all the same', async () => {
  const { body } = await client('GET', '/api/alice', { headers: { Prefer: 'code=403' } });
  expect(body.code).toBe('forbidden');
});
