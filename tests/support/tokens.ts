import { createHmac } from 'node:crypto';
import { CompactSign, type CompactJWSHeaderParameters } from 'jose';

/** The `JWT_SECRET` of servers under test. */
export const TEST_JWT_SECRET = 'test-only-secret-of-more-than-32-bytes';

/** The claims of a test token. */
export interface TokenClaims {
  /** Whose token it is. */
  readonly sub: string;
  /** Everything else: `iat`, `nbf`, `exp` (seconds since the epoch), `iss`, `aud`, `email`, ... */
  readonly [claim: string]: unknown;
}

/** What a test may bend, for tokens that must be refused too. */
export interface SignTokenOptions {
  /** The HS256 key; TEST_JWT_SECRET unless given. */
  readonly secret?: string;
  /** Header parameters that are added to, or replace, `{ alg: 'HS256' }`. */
  readonly header?: Partial<CompactJWSHeaderParameters>;
}

/**
 * Signs a token as the local stack does: HS256, issued now, valid for five minutes.
 *
 * @param claims `sub` and whatever else the token shall say; a claim that is given as undefined is left out, so
 *   `signToken({ sub: 'alice', exp: undefined })` makes a token without an end
 * @returns the compact JWS, to be sent as `Authorization: Bearer <token>`
 */
export async function signToken(
  claims: TokenClaims,
  options: SignTokenOptions = {},
): Promise<string> {
  const { secret = TEST_JWT_SECRET, header } = options;
  const now = Math.floor(Date.now() / 1000);
  const encoder = new TextEncoder();
  return new CompactSign(encoder.encode(JSON.stringify({ iat: now, exp: now + 300, ...claims })))
    .setProtectedHeader({ alg: 'HS256', ...header })
    .sign(encoder.encode(secret));
}

/**
 * Makes a JWS with exactly these texts as header and payload, and an HMAC that fits them: what no careful library signs.
 *
 * @param secret the HMAC key; TEST_JWT_SECRET unless given
 * @param hash the hash of the HMAC, in node:crypto's names
 */
export function forgeToken(
  header: string,
  payload: string,
  secret: string | Uint8Array = TEST_JWT_SECRET,
  hash = 'sha256',
): string {
  const input = [header, payload].map((part) => Buffer.from(part).toString('base64url')).join('.');
  return `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`;
}
