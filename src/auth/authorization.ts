import { AuthenticationError } from './errors.ts';

/** The longest field value looked at, in characters: far above real tokens, far below what makes parsing costly. */
const MAX_LENGTH = 8192;

/**
 * Reads the token out of an `Authorization` field value: `Bearer`, in any case, one or more spaces, one token (RFC 9110
 * section 11.4, RFC 6750 section 2.1). Of the token68 characters only those of a compact JWS get through: three base64url
 * parts without padding (RFC 7515 section 7.1).
 *
 * @param authorization the field value as received, or undefined when there is none
 * @returns the compact JWS, not yet verified in any way
 * @throws AuthenticationError `missing` without a field or with another scheme, `malformed` for everything else
 */
export function bearerToken(authorization: string | undefined): string {
  if (authorization === undefined || !/^bearer(?: |$)/i.test(authorization)) {
    throw new AuthenticationError('missing');
  }
  if (authorization.length > MAX_LENGTH) throw new AuthenticationError('malformed');
  // The signature may be empty here, so that an unsigned token is refused for its algorithm.
  const token = /^\w+ +([\w-]+\.[\w-]+\.[\w-]*)$/.exec(authorization)?.[1];
  if (token === undefined) throw new AuthenticationError('malformed');
  return token;
}
