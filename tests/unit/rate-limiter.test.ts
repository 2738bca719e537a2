import { describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { createPolicy } from '../../src/http/limits/policy.ts';
import { createRateLimiter } from '../../src/http/limits/rate-limiter.ts';
import { describeFailure } from '../../src/http/limits/shared-counters.ts';
import { createWindows } from '../../src/http/limits/windows.ts';
import { contract, violations } from '../support/contract.ts';
import { createAwaitedLimiter } from '../support/rate-limiter.ts';

const logger = pino({ level: 'silent' });
const LIMIT = { requests: 3, seconds: 60 };

/** A limiter in memory, and its clock. */
function limiterAt(start = 1_000) {
  const clock = { now: start };
  return { clock, limiter: createAwaitedLimiter({ limit: LIMIT, logger, now: () => clock.now }) };
}

async function refusalOf(attempt: () => unknown): Promise<unknown> {
  try {
    await attempt();
  } catch (error) {
    return error;
  }
  throw new Error('It was not refused.');
}

async function times(count: number, action: () => Promise<unknown>): Promise<void> {
  for (let done = 0; done < count; done += 1) await action();
}

describe('an address whose token cannot be verified', () => {
  test('is told what it has left, and nothing is counted', async () => {
    const { clock, limiter } = limiterAt();
    const untouched = { RateLimit: '"address";r=3;t=60', 'RateLimit-Policy': '"address";q=3;w=60' };
    expect(limiter.stateOf(() => '192.0.2.1')).toEqual(untouched);
    await limiter.countFailure('192.0.2.1');
    clock.now += 10_000;
    for (let time = 0; time < 5; time += 1) {
      expect(limiter.stateOf(() => '192.0.2.1')).toMatchObject({ RateLimit: '"address";r=2;t=50' });
    }
    expect(limiter.stateOf(() => '192.0.2.2')).toEqual(untouched);
    clock.now += 50_000;
    expect(limiter.stateOf(() => '192.0.2.1')).toEqual(untouched);
  });

  test('is looked at only while some address has failed', async () => {
    const { clock, limiter } = limiterAt();
    const asked: string[] = [];
    const look = (time: string) => {
      const address = () => {
        asked.push(time);
        return '192.0.2.2';
      };
      limiter.checkAddress(address);
      limiter.stateOf(address);
    };
    look('before');
    await limiter.countFailure('192.0.2.1');
    clock.now += 30_000;
    await limiter.countFailure('192.0.2.3');
    clock.now += 59_999;
    look('while');
    clock.now += 1;
    look('after');
    expect(asked).toEqual(['while', 'while']);
  });

  test('is told nothing where nothing is limited', () => {
    expect(createRateLimiter({ limit: undefined, logger }).stateOf(() => '192.0.2.1')).toEqual({});
  });
});

describe('a user', () => {
  test('is told what is left with every request', async () => {
    const { clock, limiter } = limiterAt();
    await expect(limiter.countRequest('alice')).resolves.toEqual({
      RateLimit: '"user";r=2;t=60',
      'RateLimit-Policy': '"user";q=3;w=60',
    });
    clock.now += 12_345;
    await expect(limiter.countRequest('alice')).resolves.toMatchObject({
      RateLimit: '"user";r=1;t=48',
    });
    await expect(limiter.countRequest('alice')).resolves.toMatchObject({
      RateLimit: '"user";r=0;t=48',
    });
  });

  test('is refused when the limit is used up, and told when to come back', async () => {
    const { clock, limiter } = limiterAt();
    await times(3, () => limiter.countRequest('alice'));
    clock.now += 59_999;
    expect(await refusalOf(() => limiter.countRequest('alice'))).toMatchObject({
      code: 'rate_limited',
      message: 'A user may make 3 requests in 60 seconds.',
      headers: {
        'Retry-After': '1',
        RateLimit: '"user";r=0;t=1',
        'RateLimit-Policy': '"user";q=3;w=60',
      },
    });
  });

  test('starts anew when the window ends, however often they were refused', async () => {
    const { clock, limiter } = limiterAt();
    await times(3, () => limiter.countRequest('alice'));
    clock.now += 30_000;
    await times(10, () => refusalOf(() => limiter.countRequest('alice')));
    clock.now += 30_000;
    await expect(limiter.countRequest('alice')).resolves.toMatchObject({
      RateLimit: '"user";r=2;t=60',
    });
  });

  test('is counted alone', async () => {
    const { limiter } = limiterAt();
    await times(3, () => limiter.countRequest('alice'));
    await refusalOf(() => limiter.countRequest('alice'));
    await expect(limiter.countRequest('bob')).resolves.toMatchObject({
      RateLimit: '"user";r=2;t=60',
    });
    expect(() => limiter.checkAddress(() => 'alice')).not.toThrow();
  });

  test('gets no more than the limit from many requests at once', async () => {
    const { limiter } = limiterAt();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 100 }, () => limiter.countRequest('alice')),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  });
});

describe('an address', () => {
  test('is told what is left with every failure', async () => {
    const { limiter } = limiterAt();
    await expect(limiter.countFailure('192.0.2.1')).resolves.toEqual({
      RateLimit: '"address";r=2;t=60',
      'RateLimit-Policy': '"address";q=3;w=60',
    });
  });

  test('is refused before its request is looked at, when its failures are used up', async () => {
    const { clock, limiter } = limiterAt();
    await times(2, () => limiter.countFailure('192.0.2.1'));
    expect(() => limiter.checkAddress(() => '192.0.2.1')).not.toThrow();
    await limiter.countFailure('192.0.2.1');
    clock.now += 100;
    expect(await refusalOf(() => limiter.checkAddress(() => '192.0.2.1'))).toMatchObject({
      code: 'rate_limited',
      headers: {
        'Retry-After': '60',
        RateLimit: '"address";r=0;t=60',
        'RateLimit-Policy': '"address";q=3;w=60',
      },
    });
    expect(() => limiter.checkAddress(() => '192.0.2.2')).not.toThrow();
    clock.now += 59_900;
    expect(() => limiter.checkAddress(() => '192.0.2.1')).not.toThrow();
  });

  test('gets no more failures than the limit from many requests at once', async () => {
    const { limiter } = limiterAt();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 100 }, () => limiter.countFailure('192.0.2.1')),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  });

  test('may succeed as often as it likes', async () => {
    const { limiter } = limiterAt();
    for (let request = 0; request < 1000; request += 1) limiter.checkAddress(() => '192.0.2.1');
    await expect(limiter.countFailure('192.0.2.1')).resolves.toMatchObject({
      RateLimit: '"address";r=2;t=60',
    });
  });

  test('shares its failures with its /56', async () => {
    const { limiter } = limiterAt();
    await limiter.countFailure('2001:db8:0:101::1');
    await limiter.countFailure('2001:db8:0:1ff::2');
    await limiter.countFailure('2001:DB8:0:100::3');
    expect(() => limiter.checkAddress(() => '2001:db8:0:142::')).toThrow();
    expect(() => limiter.checkAddress(() => '2001:db8:0:242::')).not.toThrow();
  });
});

test('nobody is limited when limits are off', async () => {
  const limiter = createAwaitedLimiter({
    limit: undefined,
    redisUrl: 'redis://127.0.0.1:1',
    logger,
  });
  await times(1000, () => limiter.countRequest('alice'));
  await times(1000, () => limiter.countFailure('192.0.2.1'));
  expect(() => limiter.checkAddress(() => '192.0.2.1')).not.toThrow();
  await expect(limiter.countRequest('alice')).resolves.toEqual({});
  await limiter.close();
});

test('the fields are as the contract has them, from the smallest limit to the largest', async () => {
  const { RateLimit, RateLimitPolicy } = contract.components.schemas;
  for (const limit of [
    { requests: 1, seconds: 1 },
    { requests: 1_000_000, seconds: 86_400 },
  ]) {
    const limiter = createAwaitedLimiter({ limit, logger });
    for (const fields of [await limiter.countRequest('a'), await limiter.countFailure('::1')]) {
      expect(violations(RateLimit, fields.RateLimit)).toEqual([]);
      expect(violations(RateLimitPolicy, fields['RateLimit-Policy'])).toEqual([]);
    }
  }
});

describe('the memory of windows', () => {
  test('is bounded, and forgets the key that was used longest ago', () => {
    const windows = createWindows(60_000, () => 0, 2);
    for (const key of ['first', 'second', 'first', 'third']) windows.count(key);
    expect(windows.get('first')).toMatchObject({ consumed: 2 });
    expect(windows.get('second')).toBeUndefined();
    expect(windows.get('third')).toMatchObject({ consumed: 1 });
  });

  test('is empty when the window that ends last has ended', () => {
    const clock = { now: 0 };
    const windows = createWindows(60_000, () => clock.now);
    windows.set('long', { consumed: 1, left: 50 });
    windows.set('short', { consumed: 1, left: 10 });
    const states = [0, 10, 49, 50].map((now) => {
      clock.now = now;
      return windows.isEmpty();
    });
    expect(states).toEqual([false, false, false, true]);
  });

  test('lets a flood of addresses push out those that failed longest ago', async () => {
    const { limiter } = limiterAt();
    await limiter.countFailure('192.0.2.1');
    for (let index = 0; index < 50_000; index += 1) {
      await limiter.countFailure(`10.0.${index >> 8}.${index & 255}`);
    }
    await expect(limiter.countFailure('192.0.2.1')).resolves.toMatchObject({
      RateLimit: '"address";r=2;t=60',
    });
  });
});

test('a failure to connect is described even when it has no message', () => {
  const refused = Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' });
  expect(describeFailure(refused)).toBe('ECONNREFUSED');
  expect(describeFailure(new Error('connect ETIMEDOUT'))).toBe('connect ETIMEDOUT');
  expect(describeFailure(new AggregateError([], ''))).toBe('AggregateError');
  expect(describeFailure('gone')).toBe('gone');
  const quoting = Object.assign(new Error('ERR unknown command `AUTH`, with args: `hunter2`'), {
    name: 'ReplyError',
  });
  expect(describeFailure(quoting)).toBe('ERR');
});

test.each([true, false])(
  'a refusal from memory is one taken alone only while Redis is away: %s',
  async (away) => {
    const decisions: [string, boolean][] = [];
    const policy = createPolicy({
      name: 'user',
      limit: { requests: 1, seconds: 60 },
      sharedKey: (who) => who,
      refusal: 'Too many.',
      shared: {
        count: () => Promise.resolve(away ? undefined : { consumed: 1, left: 60_000 }),
        isAway: () => away,
        close: () => Promise.resolve(),
      },
      now: () => 0,
      onDecision: (_policy, outcome, isFallback) => decisions.push([outcome, isFallback]),
    });
    await policy.count('alice');
    expect(() => {
      policy.check(() => 'alice');
    }).toThrow('Too many.');
    expect(decisions).toEqual([
      ['allowed', away],
      ['refused', away],
    ]);
  },
);
