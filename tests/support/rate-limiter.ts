import {
  createRateLimiter,
  type RateLimiter,
  type RateLimiterOptions,
} from '../../src/http/limits/rate-limiter.ts';
import { awaited } from './awaited.ts';

/** A limiter that answers with promises throughout. */
export interface AwaitedLimiter extends RateLimiter {
  countRequest(...args: Parameters<RateLimiter['countRequest']>): Promise<Fields>;
  countFailure(...args: Parameters<RateLimiter['countFailure']>): Promise<Fields>;
}

type Fields = Awaited<ReturnType<RateLimiter['countRequest']>>;

/** Makes one. It is the caller's to close. */
export function createAwaitedLimiter(options: RateLimiterOptions): AwaitedLimiter {
  const limiter = createRateLimiter(options);
  return {
    ...limiter,
    countRequest: awaited((subject) => limiter.countRequest(subject)),
    countFailure: awaited((address) => limiter.countFailure(address)),
  };
}
