import { sql } from 'slonik';
import type { Principal } from '../auth/principal.ts';
import { standardSchema } from '../contract/schemas.ts';
import { isLive, type Database } from '../db/owner.ts';
import { selectRevision } from '../db/revision.ts';

/** How long one statement may take that deletes what a user owns, as PostgreSQL writes a duration. */
const PATIENCE = '60s';

const nothing = standardSchema<Record<string, never>>({ type: 'object' });

/**
 * Erases everything that the owner has, and makes every token dead that was issued until now. What stays
 * is a tombstone: the user's id, the moment, and the revision, which goes on counting.
 *
 * It takes a transaction, because what is deleted must be all that there is once the lock on the owner's
 * row keeps others from writing. A change that has locked its task and waits for that row is in the way of
 * the deletion: PostgreSQL finds that out and ends one of the two, which is then run again.
 *
 * @param expected the revisions that the owner's data may be at; any, when `undefined`
 * @returns the current revision when that is no expected one, and so nothing was erased
 * @throws AuthenticationError `revoked`
 */
export async function eraseUser(
  db: Database,
  owner: Principal,
  expected: readonly number[] | undefined,
): Promise<{ stale: number } | undefined> {
  const isErased = await db.transaction(async (transaction) => {
    if (!(await buryUser(transaction, owner, expected))) return false;
    await transaction.query(
      sql.type(
        nothing,
      )`/* allow_long_erasure */ SELECT set_config('statement_timeout', ${PATIENCE}, true)`,
    );
    await transaction.query(
      sql.type(nothing)`/* erase_tasks */ DELETE FROM tasks WHERE user_id = ${owner.subject}`,
    );
    await transaction.query(
      sql.type(
        nothing,
      )`/* erase_keys */ DELETE FROM idempotency_keys WHERE user_id = ${owner.subject}`,
    );
    return true;
  });
  // Only now: what is thrown in a transaction costs its connection.
  return isErased ? undefined : { stale: await selectRevision(db, owner) };
}

const buriedRow = standardSchema<{ buried: true }>({
  type: 'object',
  required: ['buried'],
  properties: { buried: { const: true } },
});

/**
 * Turns the owner's row into a tombstone, or makes one where there is no row, as that is revision 0. The
 * condition is decided by the row as it is once the lock on it is there.
 *
 * @returns whether it did
 */
async function buryUser(
  db: Database,
  owner: Principal,
  expected: readonly number[] | undefined,
): Promise<boolean> {
  const isExpected =
    expected === undefined
      ? sql.fragment`true`
      : sql.fragment`users.revision = ANY(${sql.array([...expected], 'int8')})`;
  const isNothingExpected = expected?.includes(0) ?? true;
  // The clock is read when the row is locked, which may be long after the transaction began. Milliseconds are
  // cut off, not rounded: a token that is issued a second later has a greater time in whole seconds. The
  // token of this request dies, too, if its issuer's clock is ahead of ours.
  const now = sql.fragment`date_trunc('milliseconds', clock_timestamp())`;
  const issuedAt = sql.fragment`to_timestamp(${Math.ceil((owner.issuedAt ?? 0) * 1000) / 1000})`;
  const row = await db.maybeOne(sql.type(buriedRow)`
    /* bury_user */
    INSERT INTO users (user_id, revision, created_at, erased_at)
    SELECT ${owner.subject}, 1, moment, greatest(moment, ${issuedAt})
    FROM (SELECT ${now} AS moment) AS clock
    WHERE ${isNothingExpected}
      OR EXISTS (SELECT FROM users WHERE users.user_id = ${owner.subject})
    ON CONFLICT (user_id) DO UPDATE SET
      revision = users.revision + 1,
      erased_at = greatest(${now}, ${issuedAt}, users.created_at, users.erased_at)
    WHERE ${isExpected} AND ${isLive(owner)}
    RETURNING true AS buried`);
  return row !== null;
}
