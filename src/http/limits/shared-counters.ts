import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import type { RateLimit } from './rate-limit.ts';

/** Counters that all instances with the same Redis share. */
export interface SharedCounters {
  /**
   * Counts one under a key. It never rejects.
   *
   * @returns what was counted in the present window and what is left of it, in milliseconds; undefined, after 50 ms at most,
   *   when Redis does not answer: then, and until it answers again, the caller counts for itself
   */
  count(key: string): Promise<{ consumed: number; left: number } | undefined>;
  /** Whether callers count for themselves at the moment, because Redis does not answer. */
  isAway(): boolean;
  /** Ends the connection. */
  close(): Promise<void>;
}

interface SharedCountersOptions {
  readonly limit: RateLimit;
  /** `redis://` or `rediss://`. */
  readonly url: string;
  readonly logger: Logger;
  /** Called with true when Redis is given up, and with false when it is in use again; once per change. */
  readonly onFallback?: ((active: boolean) => void) | undefined;
}

/** How long a request waits for Redis, in milliseconds: 50, less what a timer may be late. */
const DEADLINE = 40;
/** How often a Redis that was given up is tried, in milliseconds. No request waits for that. */
const PROBE_INTERVAL = 500;

/**
 * Counters in Redis, by rate-limiter-flexible's script: one round trip, atomic, a fixed window from the first count on.
 * It connects in the background; nothing waits for that.
 *
 * The first failure of any kind (refused, closed, late, an error reply) makes all counting local at once, so that an outage
 * costs the requests in progress one deadline each, and the ones after them nothing. A probe that counts as a request does
 * finds out when Redis works again.
 */
export function connectSharedCounters(options: SharedCountersOptions): SharedCounters {
  const { limit, url, logger, onFallback } = options;
  const redis = new Redis(url, {
    // A count that comes late is worse than none: nothing waits for a connection, and nothing is sent twice.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    connectTimeout: 1_000,
    // A connection whose other end has vanished is not noticed otherwise.
    socketTimeout: 2_000,
    disconnectTimeout: 100,
    retryStrategy: (attempt) => Math.min(50 * 2 ** attempt, 2_000) * (0.75 + Math.random() / 2),
    // After a failover the connection still leads to what is a replica now.
    reconnectOnError: ({ message }) => message.startsWith('READONLY'),
  });
  const counters = new RateLimiterRedis({
    storeClient: redis,
    // Keys of another window length would bring their own time to live.
    keyPrefix: `todo-api:limit:${limit.seconds}`,
    points: limit.requests,
    duration: limit.seconds,
  });
  let state: 'connecting' | 'redis' | 'memory' | 'closed' = 'connecting';

  function giveUp(reason: unknown): void {
    if (state === 'memory' || state === 'closed') return;
    state = 'memory';
    // The error itself may carry the command that failed, and so the password.
    logger.warn(
      { reason: describeFailure(reason) },
      'rate limits are counted per instance, not in Redis',
    );
    onFallback?.(true);
    // It may have paused for a moment only. Other failures last, and the next probe is soon enough.
    if (reason instanceof LateError) void probe();
  }

  function resume(): void {
    if (state === 'redis' || state === 'closed') return;
    state = 'redis';
    logger.info('rate limits are counted in Redis');
    onFallback?.(false);
  }

  async function ask(key: string): Promise<{ consumed: number; left: number }> {
    const { consumedPoints, msBeforeNext } = await inTime(counters.penalty(key));
    return { consumed: consumedPoints, left: msBeforeNext };
  }

  async function probe(): Promise<void> {
    if (state === 'redis' || redis.status !== 'ready') return;
    try {
      await ask('probe');
      resume();
    } catch (error) {
      giveUp(error);
    }
  }

  redis.on('ready', () => void probe());
  redis.on('error', giveUp);
  redis.on('close', () => giveUp(new Error('The connection was closed.')));
  const probing = setInterval(() => void probe(), PROBE_INTERVAL).unref();

  return {
    async count(key) {
      if (state !== 'redis') return undefined;
      try {
        return await ask(key);
      } catch (error) {
        giveUp(error);
        return undefined;
      }
    },
    isAway: () => state !== 'redis',
    async close() {
      state = 'closed';
      clearInterval(probing);
      const ended = new Promise((resolve) => redis.once('end', resolve));
      // Between two attempts to connect there is nothing to end, and no event for it.
      const connected = redis.status === 'ready';
      redis.disconnect();
      if (connected) await ended;
    },
  };
}

class LateError extends Error {
  override readonly name = 'LateError';
}

/**
 * The answer, unless it is late.
 *
 * @throws LateError after DEADLINE, but not when the answer has arrived and this process was too busy to read it
 */
function inTime<Answer>(answer: Promise<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const late = new LateError(`There was no answer within ${DEADLINE} ms.`);
    // What has arrived is read between the timers and this.
    const timer = setTimeout(() => setImmediate(reject, late), DEADLINE);
    void answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Why Redis failed, in a sentence for the log that cannot hold a secret. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A reply of Redis can quote the command that it refuses, AUTH and its password too; its first word is a code.
  if (error.name === 'ReplyError') return /^[A-Z]+/.exec(error.message)?.[0] ?? error.name;
  // A failure to connect to any of several addresses has a code, but no message.
  return error.message || ('code' in error ? String(error.code) : error.name);
}
