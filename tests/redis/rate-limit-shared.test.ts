import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';
import { connectInstance, remaining, runProcesses, type Instance } from './limiter.ts';

let redis: TestRedis;
let one: Instance;
let other: Instance;

beforeAll(async () => {
  redis = await startRedis();
  one = await connectInstance(redis.url);
  other = await connectInstance(redis.url);
});

afterAll(async () => {
  await one.limiter.close();
  await other.limiter.close();
  await redis.close();
});

beforeEach(async () => {
  await redis.client.flushall();
});

describe('instances with one Redis', () => {
  test('in four processes allow together exactly what one may allow', async () => {
    const args = [redis.url, '2000', '1500'];
    let runs = await runProcesses(4, args);
    // A machine so busy that Redis is late proves nothing about counting in Redis.
    for (let again = 0; again < 4 && runs.some(({ fellBack }) => fellBack); again += 1) {
      await redis.client.flushall();
      runs = await runProcesses(4, args);
    }
    expect(runs.map(({ fellBack }) => fellBack)).toEqual([false, false, false, false]);
    expect(sum(runs.map(({ users }) => users))).toBe(2000);
    expect(sum(runs.map(({ addresses }) => addresses))).toBe(2000);
    expect(runs.filter(({ users }) => users > 0).length).toBeGreaterThan(1);
  }, 60_000);

  test('tell users what is left of all their requests', async () => {
    expect(await remaining(one, 'alice')).toBe(99);
    expect(await remaining(other, 'alice')).toBe(98);
    expect(await remaining(one, 'alice')).toBe(97);
  });

  test('refuse, with the time that is left, what another has let be used up', async () => {
    for (let request = 0; request < 100; request += 1) await one.limiter.countRequest('bob');
    await expect(other.limiter.countRequest('bob')).rejects.toMatchObject({
      code: 'rate_limited',
      headers: { RateLimit: expect.stringMatching(/^"user";r=0;t=(60|59|58)$/) },
    });
  });

  test('refuse an address from its first failure there on, when it has failed enough elsewhere', async () => {
    for (let failure = 0; failure < 100; failure += 1) await one.limiter.countFailure('192.0.2.1');
    expect(() => one.limiter.checkAddress(() => '192.0.2.1')).toThrow('From one address');
    expect(() => other.limiter.checkAddress(() => '192.0.2.1')).not.toThrow();
    await expect(other.limiter.countFailure('192.0.2.1')).rejects.toMatchObject({
      code: 'rate_limited',
    });
    expect(() => other.limiter.checkAddress(() => '192.0.2.1')).toThrow('From one address');
  });

  test('do not ask Redis about a user who is known to have used up the limit', async () => {
    for (let request = 0; request < 100; request += 1) await one.limiter.countRequest('carol');
    const before = await commands();
    for (let request = 0; request < 100; request += 1) {
      await expect(one.limiter.countRequest('carol')).rejects.toThrow();
    }
    expect((await commands()) - before).toBeLessThan(10);
  });

  test('go on when Redis forgets its scripts and its data', async () => {
    await one.limiter.countRequest('dave');
    await redis.client.script('FLUSH');
    await redis.client.flushall();
    expect(await remaining(one, 'dave')).toBe(99);
    expect(one.fallbacks).toEqual([false]);
  });
});

test('what is in Redis has a prefix and an end, and names nobody', async () => {
  await one.limiter.countRequest('erin@example.com');
  await one.limiter.countFailure('198.51.100.7');
  const keys = await redis.client.keys('*');
  expect(keys.sort()).toEqual([
    expect.stringMatching(/^todo-api:limit:60:address:[\w-]{43}$/),
    expect.stringMatching(/^todo-api:limit:60:user:[\w-]{43}$/),
  ]);
  for (const key of keys) {
    const left = await redis.client.pttl(key);
    expect(left).toBeGreaterThan(50_000);
    expect(left).toBeLessThanOrEqual(60_000);
  }
});

test('an instance that is closed has no connection', async () => {
  const before = await connections();
  const instance = await connectInstance(redis.url);
  expect(await connections()).toBe(before + 1);
  await instance.limiter.close();
  await until(async () => (await connections()) === before);
  expect(instance.fallbacks).toEqual([false]);
});

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** How many commands Redis has processed. */
async function commands(): Promise<number> {
  const info = await redis.client.info('stats');
  return Number(/total_commands_processed:(\d+)/.exec(info)?.[1]);
}

async function connections(): Promise<number> {
  const info = await redis.client.info('clients');
  return Number(/connected_clients:(\d+)/.exec(info)?.[1]);
}
