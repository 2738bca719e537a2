/** What kept a request from being authenticated; for logs and metrics. */
export type AuthenticationFailure =
  | 'missing'
  | 'malformed'
  | 'algorithm'
  | 'key'
  | 'signature'
  | 'type'
  | 'issuer'
  | 'audience'
  | 'expired'
  | 'not_yet_valid'
  | 'claims'
  | 'revoked';

/**
 * One constant sentence per failure. They go into `error_description`, so RFC 6750 section 3 allows printable ASCII without
 * `"` and `\`, and nothing of the token is ever repeated.
 */
const DETAILS: Readonly<Record<AuthenticationFailure, string>> = {
  missing: 'Send a bearer token in the Authorization header.',
  malformed: 'The Authorization header does not hold one well-formed signed token.',
  algorithm: 'The token is signed with an algorithm that is not accepted here.',
  key: 'The token is signed with a key that is not known here.',
  signature: 'The signature of the token is not valid.',
  type: 'The token is not an access token.',
  issuer: 'The token comes from another issuer.',
  audience: 'The token is meant for another audience.',
  expired: 'The token has expired.',
  not_yet_valid: 'The token is not valid yet.',
  claims: 'The token lacks a required claim or holds one that is not valid.',
  revoked: 'The token was issued before its user was erased, or at most 5 seconds later.',
};

/** Every failure there is. */
export const authenticationFailures: readonly string[] = Object.keys(DETAILS);

/**
 * The request carries no token, or one that is not accepted: 401.
 *
 * `message` (and `detail`, the same text) is safe to show: constant ASCII that repeats nothing of the request. `cause` is
 * set for `key` alone; otherwise the error of the JWT library is dropped, because it carries the claims into logs.
 */
export class AuthenticationError extends Error {
  /** The precise failure, for logs and metrics. */
  readonly reason: AuthenticationFailure;
  /** The problem code of the API's catalogue. */
  readonly code: 'authentication_required' | 'invalid_token';
  /** The sentence for the client. */
  readonly detail: string;
  /** The value of `WWW-Authenticate` (RFC 6750 section 3): without `error` when no bearer token was sent at all. */
  readonly challenge: string;

  constructor(reason: AuthenticationFailure, options?: ErrorOptions) {
    super(DETAILS[reason], options);
    this.name = 'AuthenticationError';
    this.reason = reason;
    this.code = reason === 'missing' ? 'authentication_required' : 'invalid_token';
    this.detail = DETAILS[reason];
    this.challenge =
      reason === 'missing'
        ? 'Bearer realm="todo-api"'
        : `Bearer realm="todo-api", error="invalid_token", error_description="${this.detail}"`;
  }
}

/**
 * The public keys cannot be fetched, so nobody can say whether the token is good: 503 and never 401, which would make
 * clients throw their good tokens away. `cause` is the error of the fetch, for the log.
 */
export class KeySourceUnavailableError extends Error {
  /** Whole seconds, at least 1, until another attempt may succeed: the value of `Retry-After`. */
  readonly retryAfter: number;

  constructor(retryAfter: number, options?: ErrorOptions) {
    super('The keys that verify tokens cannot be fetched at the moment.', options);
    this.name = 'KeySourceUnavailableError';
    this.retryAfter = retryAfter;
  }
}
