import { sql, type CommonQueryMethods } from 'slonik';
import { CLOCK_TOLERANCE_SECONDS } from '../auth/claims.ts';
import { AuthenticationError } from '../auth/errors.ts';
import type { Principal } from '../auth/principal.ts';

/** Where a statement runs: the pool, or a transaction. */
export type Database = Pick<
  CommonQueryMethods,
  'any' | 'maybeOne' | 'one' | 'query' | 'transaction'
>;

/** The owner in a statement: what the token says, or the places of a prepared statement where that belongs. */
export interface OwnerValues {
  readonly subject: string;
  readonly issuedAt?: number | string | undefined;
}

/** The names of the owner's values in a prepared statement. */
export type OwnerValue = 'subject' | 'issuedAt';

/** The places of the owner's values in a prepared statement. */
export function ownerPlaces(value: (name: OwnerValue) => string): OwnerValues {
  return { subject: value('subject'), issuedAt: value('issuedAt') };
}

/** The owner's values for a prepared statement. */
export function ownerValues({ subject, issuedAt = 0 }: Principal) {
  return { subject, issuedAt };
}

/**
 * The latest `iat` of the tokens that an erasure makes dead. An issuer may
 * have a clock that is ahead of ours, so its tokens from before the erasure can be dated after it.
 */
const deadUntil = sql.fragment`users.erased_at + make_interval(secs => ${CLOCK_TOLERANCE_SECONDS})`;

/**
 * A condition on a row of `users`: the owner has not erased everything since the token was issued. A token
 * that does not say when that was counts as older than everything.
 */
export function isLive({ issuedAt = 0 }: OwnerValues) {
  return sql.fragment`(users.erased_at IS NULL OR ${deadUntil} < to_timestamp(${issuedAt}))`;
}

/** A condition by itself: the token was issued before its owner erased everything. */
export function isRevoked(owner: OwnerValues) {
  return sql.fragment`EXISTS (
    SELECT FROM users WHERE users.user_id = ${owner.subject} AND NOT ${isLive(owner)}
  )`;
}

/**
 * Refuses a token from before its owner erased everything.
 *
 * @param row what a statement found, with `isRevoked` among it
 * @throws AuthenticationError `revoked`
 */
export function assertLive<Row extends { readonly revoked: boolean }>(row: Row): Row {
  if (row.revoked) throw new AuthenticationError('revoked');
  return row;
}
