import { SignJWT } from 'jose';

export interface TokenOptions {
  /** The HS256 key as the server takes it: the UTF-8 bytes of this text, 32 or more. */
  readonly secret: string;
  /** Whose token it is, 1 to 255 characters: the `{user_id}` of the paths that it opens. */
  readonly subject: string;
  /** For how long it is valid, in seconds. */
  readonly ttl: number;
  readonly email?: string | undefined;
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
}

/**
 * Signs a token for the local stack (RFC 7519), issued now.
 *
 * @throws when the secret is too short for HS256 (RFC 7518 section 3.2), which jose does not check
 * @returns the compact JWS, to be sent as `Authorization: Bearer <token>`
 */
export async function signLocalToken(options: TokenOptions): Promise<string> {
  const key = new TextEncoder().encode(options.secret);
  if (key.length < 32) throw new Error('JWT_SECRET must be 32 bytes or more.');
  const now = Math.floor(Date.now() / 1000);
  const claims = new SignJWT(options.email === undefined ? {} : { email: options.email })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(options.subject)
    .setIssuedAt(now)
    .setExpirationTime(now + options.ttl);
  if (options.issuer !== undefined) claims.setIssuer(options.issuer);
  if (options.audience !== undefined) claims.setAudience(options.audience);
  return claims.sign(key);
}
