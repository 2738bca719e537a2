import { hash } from 'node:crypto';
import type { Logger } from 'pino';
import { addressKey } from './address-key.ts';
import { createPolicy, type LimitHeaders, type OnDecision } from './policy.ts';
import type { RateLimit } from './rate-limit.ts';
import { connectSharedCounters } from './shared-counters.ts';

export type { LimitHeaders } from './policy.ts';

/** Limits what users may ask, and how often addresses may fail to say who they are. */
export interface RateLimiter {
  /**
   * Refuses an address that has used up its failures, before anything is spent on its request. Synchronous, from memory.
   *
   * @param address gives `req.ip`, which takes as long as all else here; asked for only while some address has a window
   * @throws ProblemError `rate_limited`, with `Retry-After`, `RateLimit` and `RateLimit-Policy`
   */
  checkAddress(address: () => string | undefined): void;
  /**
   * Counts a failed authentication against its address.
   *
   * @param address `req.ip`
   * @returns the fields for the 401; a promise only where Redis is asked
   * @throws ProblemError `rate_limited` when that was one too many, or rejects with it
   */
  countFailure(address: string | undefined): LimitHeaders | Promise<LimitHeaders>;
  /**
   * How many failures an address has left, as far as this process knows; counts nothing, and asks nobody.
   *
   * @param address gives `req.ip`; asked for only while some address has a window
   * @returns the fields for an answer that says nothing of the token, as it could not be verified
   */
  stateOf(address: () => string | undefined): LimitHeaders;
  /**
   * Counts a request against its user.
   *
   * @param subject of the verified token
   * @returns the fields for the answer, whatever it will be; a promise only where Redis is asked
   * @throws ProblemError `rate_limited`, with `Retry-After`, `RateLimit` and `RateLimit-Policy`, or rejects with it
   */
  countRequest(subject: string): LimitHeaders | Promise<LimitHeaders>;
  /** Ends the connection to Redis. */
  close(): Promise<void>;
}

/** How the limits are counted. */
export interface RateLimiterOptions {
  /** For each user's requests, and as much again for each address's failures; undefined limits nothing. */
  readonly limit: RateLimit | undefined;
  /** `redis://` or `rediss://`, for several instances; undefined for one, which counts in memory. */
  readonly redisUrl?: string | undefined;
  readonly logger: Logger;
  /** Called with true when Redis fails and each instance counts for itself, with false when that is over. */
  readonly onFallback?: ((active: boolean) => void) | undefined;
  /** Called with every decision of the policies `user` and `address`. */
  readonly onDecision?: OnDecision | undefined;
  /** A clock, in milliseconds, that never goes back; for tests. */
  readonly now?: () => number;
}

/**
 * Makes the rate limiter. It starts at once, whether or not Redis is there: until Redis answers, and whenever it does not,
 * counting is in memory.
 */
export function createRateLimiter(options: RateLimiterOptions): RateLimiter {
  const {
    limit,
    redisUrl: url,
    logger,
    onFallback,
    onDecision,
    now = () => performance.now(),
  } = options;
  if (limit === undefined) return unlimited;

  const shared = url ? connectSharedCounters({ limit, url, logger, onFallback }) : undefined;
  const users = createPolicy({
    name: 'user',
    limit,
    sharedKey: hashOf,
    refusal: `A user may make ${limit.requests} requests in ${limit.seconds} seconds.`,
    shared,
    now,
    onDecision,
  });
  const addresses = createPolicy({
    name: 'address',
    limit,
    // They are hashes already.
    sharedKey: (address) => address,
    refusal: `From one address, ${limit.requests} requests in ${limit.seconds} seconds may fail to authenticate.`,
    shared,
    now,
    onDecision,
  });

  return {
    checkAddress(address) {
      addresses.check(() => hashOf(addressKey(address())));
    },
    countFailure: (address) => addresses.count(hashOf(addressKey(address))),
    stateOf: (address) => addresses.state(() => hashOf(addressKey(address()))),
    countRequest: (subject) => users.count(subject),
    close: async () => shared?.close(),
  };
}

const unlimited: RateLimiter = {
  checkAddress: () => undefined,
  countFailure: () => ({}),
  stateOf: () => ({}),
  countRequest: () => ({}),
  close: () => Promise.resolve(),
};

/**
 * So that Redis does not list users and addresses. And of an address, whose length nobody bounds, nothing longer is kept: it is a
 * piece of a header field, all of which V8 keeps as long as the piece.
 */
function hashOf(who: string): string {
  return hash('sha256', who, 'base64url');
}
