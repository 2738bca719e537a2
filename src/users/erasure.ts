import { sql } from 'slonik';
import { CLOCK_TOLERANCE_SECONDS } from '../auth/claims.ts';
import type { Principal } from '../auth/principal.ts';
import { standardSchema } from '../contract/schemas.ts';
import { deleteKeys } from '../db/idempotency-keys.ts';
import { isLive, type Database } from '../db/owner.ts';
import { pageSize } from '../db/page-size.ts';
import { selectRevision } from '../db/revision.ts';

/** How many rows one statement deletes at most, so that none comes near the time that a statement may take. */
const BATCH = 5_000;

/**
 * Erases everything that the owner has, and makes every token dead that was issued until now. What stays
 * is a tombstone: the user's id, the moment, and the revision, which goes on counting.
 *
 * It takes a transaction, because what is deleted must be all that there is once the lock on the owner's
 * row keeps others from writing.
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
    await deleteTasks(transaction, owner);
    await deleteKeys(transaction, owner);
    return true;
  });
  // Only now: what is thrown in a transaction costs its connection.
  return isErased ? undefined : { stale: await selectRevision(db, owner) };
}

const lastRow = standardSchema<{ id: string | null }>({
  type: 'object',
  required: ['id'],
  properties: { id: { type: ['string', 'null'] } },
});

/** The least of all, so that every statement has a range with two ends, which PostgreSQL reads from the index. */
const NIL = '00000000-0000-0000-0000-000000000000';

/** In the order of the primary key, so that no statement reads again what the one before has deleted. */
async function deleteTasks(db: Database, owner: Principal): Promise<void> {
  let last: string | null = null;
  do {
    const isBehind: ReturnType<typeof sql.fragment> =
      last === null
        ? sql.fragment`tasks.id >= ${NIL}::uuid`
        : sql.fragment`tasks.id > ${last}::uuid`;
    const row: { id: string | null } = await db.one(sql.type(lastRow)`
      /* erase_tasks */
      WITH doomed AS MATERIALIZED (
        SELECT tasks.id
        FROM tasks
        WHERE tasks.user_id = ${owner.subject} AND ${isBehind}
        ORDER BY tasks.id
        LIMIT ${pageSize(BATCH)}
      ), last AS MATERIALIZED (
        SELECT doomed.id FROM doomed ORDER BY doomed.id DESC LIMIT 1
      ), deleted AS (
        DELETE FROM tasks
        WHERE tasks.user_id = ${owner.subject} AND ${isBehind} AND tasks.id <= (SELECT last.id FROM last)
      )
      SELECT (SELECT last.id FROM last) AS id`);
    last = row.id;
  } while (last !== null);
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
  // cut off, not rounded, so that no token lives shorter for it. The token of this request dies, too, however
  // far the clock that accepted it is ahead of the database's.
  const now = sql.fragment`date_trunc('milliseconds', clock_timestamp())`;
  const issuedAt = Math.ceil((owner.issuedAt ?? 0) * 1000) / 1000;
  const earliest = sql.fragment`to_timestamp(${issuedAt - CLOCK_TOLERANCE_SECONDS})`;
  const row = await db.maybeOne(sql.type(buriedRow)`
    /* bury_user */
    INSERT INTO users (user_id, revision, created_at, erased_at)
    SELECT ${owner.subject}, 1, moment, greatest(moment, ${earliest})
    FROM (SELECT ${now} AS moment) AS clock
    WHERE ${isNothingExpected}
      OR EXISTS (SELECT FROM users WHERE users.user_id = ${owner.subject})
    ON CONFLICT (user_id) DO UPDATE SET
      revision = users.revision + 1,
      erased_at = greatest(${now}, ${earliest}, users.created_at, users.erased_at)
    WHERE ${isExpected} AND ${isLive(owner)}
    RETURNING true AS buried`);
  return row !== null;
}
