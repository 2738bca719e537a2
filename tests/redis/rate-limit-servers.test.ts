import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { signedIn, type Client } from '../support/client.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { until } from '../support/until.ts';

let redis: TestRedis;
let one: TestServer;
let other: TestServer;

beforeAll(async () => {
  redis = await startRedis();
  const env = { REDIS_URL: redis.url, RATE_LIMIT: '100/60' };
  one = await startTestServer(env);
  other = await startTestServer({ ...env, DATABASE_URL: one.databaseUrl });
  // Each has tried whether Redis works.
  await until(async () => Number(await redis.client.get('todo-api:limit:60:probe')) >= 2);
});

afterAll(async () => {
  await other.close();
  await one.close();
  await redis.close();
});

test('two servers with one Redis give a user together what one would give', async () => {
  const [alice, aliceElsewhere] = [
    await signedIn(one.url, 'alice'),
    await signedIn(other.url, 'alice'),
  ];
  const answers = await Promise.all(
    [alice, aliceElsewhere].flatMap((client: Client) =>
      Array.from({ length: 100 }, () => client('GET', '/api/alice/tasks')),
    ),
  );
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(100);
  expect(statuses.filter((status) => status === 429)).toHaveLength(100);
});

test('a server answers as before when Redis stops answering, and when it does again', async () => {
  const bob = await signedIn(one.url, 'bob');
  await bob('GET', '/api/bob/tasks');
  redis.pause();
  const answer = await bob('GET', '/api/bob/tasks');
  expect(answer.status).toBe(200);
  expect(answer.headers.get('ratelimit')).toMatch(/^"user";r=98;/);
  redis.unpause();
  let users = 0;
  await until(async () => {
    const before = await counted();
    const name = `user-${(users += 1)}`;
    const user = await signedIn(one.url, name);
    expect((await user('GET', `/api/${name}/tasks`)).status).toBe(200);
    return (await counted()) > before;
  });
});

/** How many requests Redis has counted. */
async function counted(): Promise<number> {
  const counts = await redis.client.mget(await redis.client.keys('*:user:*'));
  return counts.reduce((sum, count) => sum + Number(count), 0);
}
