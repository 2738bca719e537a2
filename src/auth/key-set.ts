import { createRemoteJWKSet, type CryptoKey, type JWTVerifyGetKey } from 'jose';
import { AuthenticationError, KeySourceUnavailableError } from './errors.ts';

/** When the key set is fetched; all in milliseconds. */
export interface KeySetPolicy {
  /** Age from which the set is fetched again before it is used. */
  readonly freshFor: number;
  /** Age up to which the last good set is used while the endpoint fails: also how long an outage can hide a revocation. */
  readonly usableFor: number;
  /** Shortest time between two fetches caused by tokens with an unknown key: the longest a flood can hide a rotation. */
  readonly unknownKeyCooldown: number;
  /** Pause after a failed fetch. */
  readonly retryAfter: number;
  /** Longest wait for the endpoint. */
  readonly timeout: number;
}

export const KEY_SET_POLICY: KeySetPolicy = {
  freshFor: 5 * 60_000,
  usableFor: 60 * 60_000,
  unknownKeyCooldown: 10_000,
  retryAfter: 5_000,
  timeout: 5_000,
};

/** Smaller RSA keys are refused (RFC 7518 section 3.3). */
const MIN_RSA_BITS = 2048;

/**
 * The public keys behind a JWKS URL (RFC 7517), fetched when first needed, never at start.
 *
 * jose fetches, parses, selects and imports; its own rules for *when* to fetch are switched off, because they fail every
 * request once the set is ten minutes old and the endpoint is down, and retry a failing endpoint without any pause. Here
 * the last good set outlives an outage for a bounded time, and neither unknown keys nor failures can hammer the endpoint.
 * Redirects are not followed.
 *
 * @param url an http or https URL
 * @param now the clock, milliseconds since the epoch
 * @returns the key lookup for jose. It throws AuthenticationError `key` when no key, or more than one, fits the header's
 *   `alg` and `kid`, or the key is unusable; KeySourceUnavailableError when that cannot be known
 */
export function createKeySet(
  url: URL,
  policy: KeySetPolicy,
  now: () => number,
): JWTVerifyGetKey<CryptoKey> {
  const remote = createRemoteJWKSet(url, {
    timeoutDuration: policy.timeout,
    cacheMaxAge: Infinity,
    cooldownDuration: Infinity,
  });
  let fetchedAt = -Infinity;
  let failure: { at: number; cause: unknown } | undefined;
  let unknownKeyAt = -Infinity;

  /** Fetches, once for all who ask meanwhile (jose sees to that); the outcome is in `fetchedAt` and `failure`. */
  async function refresh(): Promise<void> {
    const startedAt = now();
    try {
      await remote.reload();
      fetchedAt = startedAt;
      failure = undefined;
    } catch (cause) {
      failure = { at: now(), cause };
    }
  }

  function mayFetch(): boolean {
    return failure === undefined || now() - failure.at >= policy.retryAfter;
  }

  /** Failures have a pause of their own, so that the end of an outage is noticed as soon as for known keys. */
  function mayAskForUnknownKey(): boolean {
    return failure === undefined ? now() - unknownKeyAt >= policy.unknownKeyCooldown : mayFetch();
  }

  function isUsable(): boolean {
    return now() - fetchedAt < policy.usableFor;
  }

  function unavailable(): KeySourceUnavailableError {
    const wait = failure === undefined ? 0 : failure.at + policy.retryAfter - now();
    return new KeySourceUnavailableError(Math.max(1, Math.ceil(wait / 1000)), {
      cause: failure?.cause,
    });
  }

  return async function findKey(header, token) {
    let refreshed = false;
    if (now() - fetchedAt >= policy.freshFor && mayFetch()) {
      const refreshing = refresh();
      // In a known outage nobody waits for the endpoint while the old keys may be used.
      if (failure === undefined || !isUsable()) {
        await refreshing;
        refreshed = true;
      }
    }
    if (!isUsable()) throw unavailable();

    try {
      return strongKey(await remote(header, token));
    } catch {
      // The published keys may have changed since.
    }
    if (!refreshed && (remote.reloading || mayAskForUnknownKey())) {
      if (!remote.reloading) unknownKeyAt = now();
      await refresh();
    }
    // The endpoint could not be asked: the key may be one that it has published since.
    if (failure !== undefined) throw unavailable();
    try {
      return strongKey(await remote(header, token));
    } catch (error) {
      throw unusableKey(error);
    }
  };
}

function strongKey(key: CryptoKey): CryptoKey {
  const { algorithm } = key;
  if ('modulusLength' in algorithm && Number(algorithm.modulusLength) < MIN_RSA_BITS) {
    throw new AuthenticationError('key');
  }
  return key;
}

/** No such key, an ambiguous one (two with one `kid`, or no `kid` and several candidates), or one that cannot be imported. */
function unusableKey(cause: unknown): AuthenticationError {
  return cause instanceof AuthenticationError ? cause : new AuthenticationError('key', { cause });
}
