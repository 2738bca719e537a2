import { once } from 'node:events';
import { pino } from 'pino';
import { createAwaitedLimiter } from '../support/rate-limiter.ts';

/**
 * An instance in a process of its own, for tests: it says `ready` when it counts in Redis, waits for a byte, asks as often
 * as it is told for one user and for one address, as fast as Redis answers, and says how often it was allowed to.
 *
 * Arguments: the URL of Redis, requests per window, how often to ask.
 */
const [, , redisUrl, requests, attempts] = process.argv;
const changes: boolean[] = [];
const limiter = createAwaitedLimiter({
  limit: { requests: Number(requests), seconds: 60 },
  redisUrl,
  logger: pino({ level: 'silent' }),
  onFallback(active) {
    changes.push(active);
    if (changes.length === 1) process.stdout.write('ready\n');
  },
});
await once(process.stdin, 'data');

/** Ten at a time, as a busy server would. */
async function allowed(ask: () => Promise<unknown>): Promise<number> {
  let count = 0;
  for (let asked = 0; asked < Number(attempts); asked += 10) {
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, ask));
    count += outcomes.filter(({ status }) => status === 'fulfilled').length;
  }
  return count;
}

const users = await allowed(() => limiter.countRequest('alice'));
const addresses = await allowed(() => limiter.countFailure('2001:db8::1'));
process.stdout.write(JSON.stringify({ users, addresses, fellBack: changes.includes(true) }));
await limiter.close();
process.stdin.destroy();
