import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { freePort, startRedis, type TestRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';
import { connectInstance, createInstance, duration, remaining, type Instance } from './limiter.ts';

const GIVEN_UP = 'rate limits are counted per instance, not in Redis';
const IN_USE = 'rate limits are counted in Redis';
let redis: TestRedis;
let instance: Instance | undefined;

beforeEach(async () => {
  redis = await startRedis();
});

afterEach(async () => {
  await instance?.limiter.close();
  instance = undefined;
  await redis.close();
});

describe('a Redis that does not answer', () => {
  test('costs the requests of that moment less than 50 ms, and the ones after it nothing', async () => {
    const firsts: number[] = [];
    const together: number[] = [];
    const laters: number[] = [];
    const returns: number[] = [];
    instance = await connectInstance(redis.url, 100_000);
    const { limiter, fallbacks } = instance;
    const ask = () => limiter.countRequest('alice');
    const askOften = () => Promise.all(Array.from({ length: 200 }, ask));
    for (let outage = 0; outage < 30; outage += 1) {
      await ask();
      redis.pause();
      if (outage % 2 === 0) firsts.push(await duration(ask));
      else together.push(await duration(askOften));
      for (let later = 0; later < 100; later += 1) laters.push(await duration(ask));
      redis.unpause();
      returns.push(await duration(() => until(() => fallbacks.at(-1) === false)));
    }
    // The fastest of a few, because the machine may be busy: what remains is what the outage itself costs.
    expect(Math.min(...firsts)).toBeGreaterThan(38);
    expect(Math.min(...firsts)).toBeLessThan(50);
    expect(Math.min(...together)).toBeLessThan(50);
    expect(median(laters)).toBeLessThan(1);
    // Sooner than the next regular probe.
    expect(median(returns)).toBeLessThan(60);
  }, 30_000);

  test('is said once to be given up, and once to be in use again', async () => {
    instance = await connectInstance(redis.url);
    const { limiter, fallbacks, lines } = instance;
    redis.pause();
    // An outage that outlasts several probes and the connection.
    for (let request = 0; request < 60; request += 1) {
      await limiter.countRequest('alice');
      await sleep(50);
    }
    expect(fallbacks.at(-1)).toBe(true);
    const before = lines.length;
    redis.unpause();
    await until(() => fallbacks.at(-1) === false);
    expect(lines.slice(before - 1, before + 1)).toMatchObject([
      { level: 40, msg: GIVEN_UP, reason: 'There was no answer within 40 ms.' },
      { level: 30, msg: IN_USE },
    ]);
    // It changes each time, also on a machine so busy that Redis was late before.
    expect(fallbacks.every((active, index) => active === (index % 2 === 1))).toBe(true);
    expect(lines.map(({ msg }) => msg === GIVEN_UP)).toEqual(fallbacks);
  }, 20_000);

  test('does not begin the count anew', async () => {
    instance = await connectInstance(redis.url);
    for (let request = 0; request < 60; request += 1) await instance.limiter.countRequest('alice');
    redis.pause();
    expect(await remaining(instance, 'alice')).toBe(39);
    for (let request = 0; request < 39; request += 1) await instance.limiter.countRequest('alice');
    await expect(instance.limiter.countRequest('alice')).rejects.toMatchObject({
      code: 'rate_limited',
    });
  });

  test('limits addresses all the same', async () => {
    instance = await connectInstance(redis.url, 5);
    redis.pause();
    for (let failure = 0; failure < 5; failure += 1) await instance.limiter.countFailure('::1');
    expect(() => instance?.limiter.checkAddress(() => '::1')).toThrow();
  });
});

describe('a Redis that is gone', () => {
  test('is done without, and used again when it is back', async () => {
    instance = await connectInstance(redis.url);
    expect(await remaining(instance, 'alice')).toBe(99);
    await redis.kill();
    expect(await remaining(instance, 'alice')).toBe(98);
    expect(await remaining(instance, 'alice')).toBe(97);
    expect(instance.fallbacks).toEqual([false, true]);
    await redis.revive();
    await until(() => instance?.fallbacks.at(-1) === false);
    // All its data was lost.
    expect(await remaining(instance, 'alice')).toBe(99);
    expect(await redis.client.keys('*:user:*')).toHaveLength(1);
  }, 20_000);

  test('is not needed to start', async () => {
    await redis.kill();
    // By a name that may stand for several addresses.
    instance = createInstance(`redis://localhost:${redis.port}`);
    expect(await remaining(instance, 'alice')).toBe(99);
    expect(await remaining(instance, 'alice')).toBe(98);
    await until(() => instance?.fallbacks.length === 1);
    expect(instance.lines).toMatchObject([
      { msg: GIVEN_UP, reason: expect.stringContaining('ECONNREFUSED') },
    ]);
    await redis.revive();
    await until(() => instance?.fallbacks.at(-1) === false);
    expect(await remaining(instance, 'alice')).toBe(99);
  }, 20_000);

  test('does not keep an instance from being closed', async () => {
    const absent = createInstance(`redis://127.0.0.1:${await freePort()}`);
    await until(() => absent.fallbacks.length === 1);
    expect(await duration(() => absent.limiter.close())).toBeLessThan(50);
  });
});

test('a connection whose other end has vanished is replaced', async () => {
  const port = await freePort();
  const sockets: Socket[] = [];
  const proxy = createServer((socket) => {
    const upstream = connect(redis.port, '127.0.0.1');
    socket.on('error', () => undefined).pipe(upstream.on('error', () => undefined));
    upstream.pipe(socket);
    sockets.push(socket, upstream);
  });
  await once(proxy.listen(port, '127.0.0.1'), 'listening');
  try {
    instance = await connectInstance(`redis://127.0.0.1:${port}`);
    for (const socket of sockets) socket.unpipe().pause();
    expect(await remaining(instance, 'alice')).toBe(99);
    expect(instance.fallbacks).toEqual([false, true]);
    await until(() => instance?.fallbacks.at(-1) === false);
  } finally {
    await instance?.limiter.close();
    for (const socket of sockets) socket.destroy();
    proxy.close();
  }
}, 20_000);

test('a paused Redis does not keep an instance from being closed', async () => {
  const paused = await connectInstance(redis.url);
  redis.pause();
  expect(await duration(() => paused.limiter.close())).toBeLessThan(300);
});

describe('a Redis that answers with errors', () => {
  test('is done without while it takes no writes', async () => {
    instance = await connectInstance(redis.url);
    await redis.client.replicaof('127.0.0.1', await freePort());
    expect(await remaining(instance, 'alice')).toBe(99);
    expect(instance.lines.at(-1)).toMatchObject({ msg: GIVEN_UP });
    expect(instance.lines.at(-1)?.reason).toMatch(/READONLY/);
    await redis.client.replicaof('NO', 'ONE');
    await until(() => instance?.fallbacks.at(-1) === false);
  }, 20_000);

  test('is done without when it refuses the password, which is not logged', async () => {
    const locked = await startRedis({ password: 'right-password' });
    try {
      instance = createInstance(locked.url.replace('right', 'wrong'));
      expect(await remaining(instance, 'alice')).toBe(99);
      await until(() => instance?.fallbacks.length === 1);
      expect(instance.lines).toMatchObject([{ msg: GIVEN_UP }]);
      expect(instance.lines[0]?.reason).toMatch(/WRONGPASS/);
      expect(instance.log()).not.toContain('wrong-password');
      const admitted = await connectInstance(locked.url);
      await admitted.limiter.close();
    } finally {
      await locked.close();
    }
  });

  test.each(['', 'HTTP/1.1 400 Bad Request\r\n\r\n'])(
    'is done without when it is no Redis at all, but says %j',
    async (greeting) => {
      const port = await freePort();
      const server = createServer((socket) => {
        socket.on('error', () => undefined).end(greeting);
      });
      await once(server.listen(port, '127.0.0.1'), 'listening');
      try {
        instance = createInstance(`redis://127.0.0.1:${port}`);
        expect(await remaining(instance, 'alice')).toBe(99);
        await until(() => instance?.fallbacks.length === 1);
        expect(instance.fallbacks).toEqual([true]);
      } finally {
        server.close();
      }
    },
  );
});

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
