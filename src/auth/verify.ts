import {
  decodeProtectedHeader,
  errors,
  jwtVerify,
  type CryptoKey,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  type ProtectedHeaderParameters,
} from 'jose';
import { CLOCK_TOLERANCE_SECONDS, readClaims, type VerifiedClaims } from './claims.ts';
import { AuthenticationError, type AuthenticationFailure } from './errors.ts';
import { createKeySet, type KeySetPolicy } from './key-set.ts';

/** Where tokens come from, and what they must say. One key source, or both during a migration. */
export interface AuthConfig {
  /** The HS256 key, 32 bytes or more; a string stands for its UTF-8 bytes. */
  readonly jwtSecret?: string | Uint8Array | undefined;
  /** Where the public keys are published (RFC 7517). Issuer and audience are then required. */
  readonly jwksUrl?: URL | undefined;
  /** The only accepted `iss`, compared exactly. */
  readonly issuer?: string | undefined;
  /** The value that `aud` must be, or contain. */
  readonly audience?: string | undefined;
}

/** A source of keys with the algorithms that its keys, and no others, may be used with. */
interface KeySource {
  readonly algorithms: string[];
  readonly findKey: JWTVerifyGetKey<CryptoKey>;
}

const SECRET_ALGORITHMS = ['HS256'];

/** `Ed25519` is the fully specified name of what `EdDSA` stands for here (RFC 9864). */
const PUBLIC_KEY_ALGORITHMS = ['EdDSA', 'Ed25519', 'ES256', 'RS256', 'PS256'];

/** The key of an HMAC must be as long as its hash (RFC 7518 section 3.2). */
const MIN_SECRET_BYTES = 32;

/**
 * Accepted `typ` values, in lower case. Providers sign other things than access tokens with the same keys (logout tokens,
 * session cookies) and tell them apart by `typ` alone; many name no type for access tokens (RFC 8725 section 3.11).
 */
const ACCESS_TOKEN_TYPES: readonly unknown[] = [undefined, 'jwt', 'at+jwt'];

/**
 * Makes the function that verifies one compact JWS, without any memory of earlier ones, except for public keys.
 *
 * The header's `alg` selects the key source, and that source's own algorithms are then all that the verification accepts,
 * so that a public key is never used as an HMAC secret. Keys named in the header itself (`jwk`, `jku`, `x5c`) are ignored.
 *
 * @param now the clock, milliseconds since the epoch
 * @returns a function that rejects with AuthenticationError or KeySourceUnavailableError; it leaves the end of a token's
 *   validity to `assertCurrent`
 * @throws TypeError when the configuration has no key source, or an unsafe one
 */
export function createVerifier(
  config: AuthConfig,
  policy: KeySetPolicy,
  now: () => number,
): (token: string) => Promise<VerifiedClaims> {
  const sources = keySources(config, policy, now);
  const required: JWTVerifyOptions = {
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    ...(config.issuer === undefined ? {} : { issuer: config.issuer }),
    ...(config.audience === undefined ? {} : { audience: config.audience }),
  };

  return async function verify(token) {
    const { alg, typ } = protectedHeader(token);
    const source = sources.find(({ algorithms }) => algorithms.some((name) => name === alg));
    if (source === undefined) throw new AuthenticationError('algorithm');
    if (!ACCESS_TOKEN_TYPES.includes(normalizedType(typ))) throw new AuthenticationError('type');
    try {
      const { payload } = await jwtVerify(token, source.findKey, {
        ...required,
        algorithms: source.algorithms,
        currentDate: new Date(now()),
      });
      return readClaims(payload);
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error;
      throw new AuthenticationError(failureOf(error));
    }
  };
}

function keySources(config: AuthConfig, policy: KeySetPolicy, now: () => number): KeySource[] {
  const sources: KeySource[] = [];
  if (config.jwtSecret !== undefined) {
    const secret = secretKey(config.jwtSecret);
    sources.push({ algorithms: SECRET_ALGORITHMS, findKey: () => secret });
  }
  if (config.jwksUrl !== undefined) {
    const { protocol, username, password } = config.jwksUrl;
    if (!['http:', 'https:'].includes(protocol) || username !== '' || password !== '') {
      throw new TypeError('The JWKS URL must be an http or https URL without credentials.');
    }
    if (!config.issuer || !config.audience) {
      throw new TypeError('A JWKS URL needs an issuer and an audience to check tokens against.');
    }
    sources.push({
      algorithms: PUBLIC_KEY_ALGORITHMS,
      findKey: createKeySet(config.jwksUrl, policy, now),
    });
  }
  if (sources.length === 0) throw new TypeError('Configure a JWT secret, a JWKS URL, or both.');
  return sources;
}

/** Imports the secret once: given raw bytes, jose would do it again for every token. */
function secretKey(secret: string | Uint8Array): Promise<CryptoKey> {
  const bytes = typeof secret === 'string' ? Buffer.from(secret, 'utf8') : Buffer.from(secret);
  if (bytes.length < MIN_SECRET_BYTES) {
    throw new TypeError(`The JWT secret must have at least ${String(MIN_SECRET_BYTES)} bytes.`);
  }
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, [
    'verify',
  ]);
}

function protectedHeader(token: string): ProtectedHeaderParameters {
  try {
    return decodeProtectedHeader(token);
  } catch {
    throw new AuthenticationError('malformed');
  }
}

/** `typ` in the form in which it is compared: RFC 7515 section 4.1.9 lets `application/` be left out. */
function normalizedType(typ: unknown): unknown {
  return typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : typ;
}

function failureOf(error: errors.JOSEError): AuthenticationFailure {
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'signature';
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'iss') return 'issuer';
    if (error.claim === 'aud') return 'audience';
    if (error.claim === 'nbf' && error.reason === 'check_failed') return 'not_yet_valid';
    return 'claims';
  }
  return 'malformed';
}
