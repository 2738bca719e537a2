import { sql, type CommonQueryMethods } from 'slonik';
import { AuthenticationError } from '../auth/errors.ts';
import type { Principal } from '../auth/principal.ts';

/** Where a statement runs: the pool, or a transaction. */
export type Database = Pick<
  CommonQueryMethods,
  'any' | 'maybeOne' | 'one' | 'query' | 'transaction'
>;

/**
 * A condition on a row of `users`: the owner has not erased everything since the token was issued. A token
 * that does not say when that was counts as older than everything.
 */
export function isLive({ issuedAt = 0 }: Principal) {
  return sql.fragment`(users.erased_at IS NULL OR users.erased_at < to_timestamp(${issuedAt}))`;
}

/** A condition by itself: the token was issued before its owner erased everything. */
export function isRevoked(owner: Principal) {
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
