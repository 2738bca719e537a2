/** How much one user, or one address, may do. */
export interface RateLimit {
  /** How many requests, or failed authentications, one window holds. */
  readonly requests: number;
  /** How long a window is, from the first request in it. */
  readonly seconds: number;
}

/** A longer window would shut a client out for days, and timers cannot count past 24 days. */
const MAX_SECONDS = 86_400;
const MAX_REQUESTS = 1_000_000;

/**
 * Whether a text is what `parseRateLimit` reads: `off`, or requests per seconds such as `100/60`, with 1 to 1000000
 * requests in 1 to 86400 seconds.
 */
export function isRateLimit(text: string): boolean {
  if (text === 'off') return true;
  if (!/^\d{1,7}\/\d{1,5}$/.test(text)) return false;
  const { requests, seconds } = split(text);
  return requests >= 1 && requests <= MAX_REQUESTS && seconds >= 1 && seconds <= MAX_SECONDS;
}

/**
 * Reads a rate limit.
 *
 * @param text requests per seconds, such as `100/60`, or `off`
 * @returns undefined for `off`
 * @throws RangeError when the text is neither
 */
export function parseRateLimit(text: string): RateLimit | undefined {
  if (!isRateLimit(text)) {
    throw new RangeError(
      `A rate limit is "off", or 1 to ${MAX_REQUESTS} requests per 1 to ${MAX_SECONDS} seconds, such as 100/60.`,
    );
  }
  return text === 'off' ? undefined : split(text);
}

function split(text: string): RateLimit {
  const [requests, seconds] = text.split('/').map(Number);
  return { requests: requests ?? NaN, seconds: seconds ?? NaN };
}
