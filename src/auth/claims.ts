import type { JWTPayload } from 'jose';
import { AuthenticationError } from './errors.ts';
import type { Principal } from './principal.ts';

/**
 * How far, in seconds, an issuer's clock may run ahead of ours: a token must be usable the moment it is issued. It is
 * granted to `nbf` and `iat` only. `exp` gets none (RFC 7519 leaves that open): a clock that runs behind would keep dead
 * tokens alive, and clients renew before the end anyway.
 */
export const CLOCK_TOLERANCE_SECONDS = 5;

/** What is kept of a verified token: its principal, and the times that bound every later use. */
export interface VerifiedClaims {
  readonly principal: Principal;
  /** `exp`, in seconds since the epoch. */
  readonly expiresAt: number;
  /** The later of `nbf` and `iat`, in seconds since the epoch. */
  readonly notBefore: number;
}

/** The same characters as `UserId` in the contract: a subject outside it could never own a path. */
const SUBJECT = /^[^\u0000-\u001F\u007F]{1,255}$/u;

function time(value: unknown): number {
  // `1e999` in JSON is Infinity, which would be a token without an end.
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new AuthenticationError('claims');
  return value;
}

/**
 * Takes from a payload, whose signature has been verified, what the API needs.
 *
 * @throws AuthenticationError `claims` when `exp` or `sub` is missing, or a claim has the wrong type or form
 */
export function readClaims(payload: JWTPayload): VerifiedClaims {
  const { sub, exp, nbf = 0, iat } = payload;
  if (typeof sub !== 'string' || !SUBJECT.test(sub) || !sub.isWellFormed()) {
    throw new AuthenticationError('claims');
  }
  const issuedAt = iat === undefined ? {} : { issuedAt: time(iat) };
  // Before 1970 is no time at which a token was issued, and may be none that the database knows.
  if (issuedAt.issuedAt !== undefined && issuedAt.issuedAt < 0)
    throw new AuthenticationError('claims');
  return {
    // Shared by every request that uses the token, hence frozen.
    principal: Object.freeze({ subject: sub, ...issuedAt }),
    expiresAt: time(exp),
    notBefore: Math.max(time(nbf), issuedAt.issuedAt ?? 0),
  };
}

/**
 * Decides whether a verified token may be used now. It runs at every use, also when the signature was verified earlier.
 *
 * @param now milliseconds since the epoch
 * @throws AuthenticationError `expired` from `exp` on, `not_yet_valid` before `nbf` or `iat` less the clock tolerance
 */
export function assertCurrent(claims: VerifiedClaims, now: number): void {
  const seconds = now / 1000;
  if (seconds >= claims.expiresAt) throw new AuthenticationError('expired');
  if (seconds < claims.notBefore - CLOCK_TOLERANCE_SECONDS) {
    throw new AuthenticationError('not_yet_valid');
  }
}
