import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { bearerToken } from './authorization.ts';
import { assertCurrent, type VerifiedClaims } from './claims.ts';
import { KEY_SET_POLICY, type KeySetPolicy } from './key-set.ts';
import type { Principal } from './principal.ts';
import { createVerifier, type AuthConfig } from './verify.ts';

/**
 * Turns the raw value of an `Authorization` field into the principal it proves: at once where the token is remembered, since most
 * are, and a promise costs as much as to look it up.
 *
 * Throws, or rejects with, AuthenticationError (401) or KeySourceUnavailableError (503), and nothing else.
 */
export type Authenticate = (authorization: string | undefined) => Principal | Promise<Principal>;

/** Limits that have a good default; durations in milliseconds. */
export interface AuthenticatorOptions {
  /** How many verified tokens are remembered (5000, about 2 MB); 0 remembers none. */
  readonly cacheSize?: number;
  /** How long a verification is trusted before it is repeated (one minute). */
  readonly cacheMaxAge?: number;
  /** When the public keys are fetched; see KEY_SET_POLICY for the defaults. */
  readonly keySet?: Partial<KeySetPolicy>;
  /** Called with whether a token was among the remembered ones. */
  readonly onLookup?: ((isHit: boolean) => void) | undefined;
  /** The clock, in milliseconds since the epoch; for tests. */
  readonly now?: () => number;
}

interface CachedToken {
  readonly claims: VerifiedClaims;
  readonly verifiedAt: number;
}

/**
 * Makes the one function that authenticates requests. Nothing is fetched before the first token that needs it.
 *
 * Verified tokens are remembered, because a verification costs about a third of a whole request; failures never are. An
 * entry is used only while the token's own times allow it, and for `cacheMaxAge` at most, so that a key taken out of the
 * key set is dead after `keySet.freshFor + cacheMaxAge`: six minutes by default. Entries are keyed by the token's SHA-256:
 * that costs half a microsecond, bounds the memory whatever the length of tokens, and keeps bearer tokens out of heap dumps.
 *
 * @throws TypeError when the configuration has no key source, or an unsafe one
 */
export function createAuthenticator(
  config: AuthConfig,
  options: AuthenticatorOptions = {},
): Authenticate {
  const { cacheSize = 5000, cacheMaxAge = 60_000, onLookup, now = Date.now } = options;
  const verify = createVerifier(config, { ...KEY_SET_POLICY, ...options.keySet }, now);
  const verified =
    cacheSize > 0 ? new LRUCache<string, CachedToken>({ max: cacheSize }) : undefined;

  async function verifyAnew(token: string, key: string): Promise<Principal> {
    const verifiedAt = now();
    const claims = await verify(token);
    assertCurrent(claims, now());
    verified?.set(key, { claims, verifiedAt });
    return claims.principal;
  }

  return (authorization) => {
    const token = bearerToken(authorization);
    const key = hash('sha256', token, 'base64');

    const known = verified?.get(key);
    const isHit = known !== undefined && now() - known.verifiedAt < cacheMaxAge;
    onLookup?.(isHit);
    if (!isHit) return verifyAnew(token, key);
    assertCurrent(known.claims, now());
    return known.claims.principal;
  };
}
