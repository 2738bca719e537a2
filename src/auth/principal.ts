/**
 * Who is asking, as a verified token says it. Every field comes from a claim whose signature, issuer, audience and times
 * have been checked.
 */
export interface Principal {
  /** The `sub` claim: 1 to 255 characters, none of them a control character; equal to the `user_id` it may act on. */
  readonly subject: string;
  /** The `iat` claim in seconds since the epoch; absent when the issuer does not send it. */
  readonly issuedAt?: number;
}
