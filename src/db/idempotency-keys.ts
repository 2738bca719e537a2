import { sql } from 'slonik';
import type { Principal } from '../auth/principal.ts';
import { standardSchema } from '../contract/schemas.ts';
import { isRevoked, type Database } from './owner.ts';
import { pageSize } from './page-size.ts';

/** For how long an answer is kept, as PostgreSQL writes an interval. The contract says so, too. */
const KEPT = '24 hours';

/** How long a repeat waits for the first request of its key to end, as PostgreSQL writes a duration. */
const PATIENCE = '2s';

/** What a key stands for: it means something to one user and one operation only. */
export interface KeyScope {
  readonly owner: Principal;
  readonly operation: string;
  readonly key: string;
}

/** An answer as it was sent. */
export interface StoredAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body, byte for byte; `null` when there was none. */
  readonly body: string | null;
}

const takenRow = standardSchema<{ taken: true }>({
  type: 'object',
  required: ['taken'],
  properties: { taken: { const: true } },
});

/**
 * Takes a key for the transaction that it runs in, until that ends; a key older than a day is free again.
 * When another transaction has the key at the moment, it waits for a while.
 *
 * @param fingerprint SHA-256 of the request
 * @returns whether the key was free
 * @throws the database's error for a lock that was not available, when the other one takes too long
 */
export async function takeKey(
  db: Database,
  { owner, operation, key }: KeyScope,
  fingerprint: Buffer,
): Promise<boolean> {
  const taken = await db.maybeOne(sql.type(takenRow)`
    /* take_key */
    WITH patience AS MATERIALIZED (
      SELECT set_config('lock_timeout', ${PATIENCE}, true)
    )
    INSERT INTO idempotency_keys (user_id, operation, key, fingerprint)
    SELECT ${owner.subject}, ${operation}, ${key}, ${sql.binary(fingerprint)}
    FROM patience
    ON CONFLICT (user_id, operation, key) DO UPDATE SET
      fingerprint = excluded.fingerprint,
      created_at = now(),
      status = NULL, headers = NULL, body = NULL
    WHERE idempotency_keys.created_at < now() - ${KEPT}::interval
    RETURNING true AS taken`);
  return taken !== null;
}

/** An answer that was found under a key. */
export interface FoundAnswer extends StoredAnswer {
  /** Whether it was to the same request. */
  readonly same: boolean;
  /** Whether the token that asks now is dead. */
  readonly revoked: boolean;
}

const storedRow = standardSchema<FoundAnswer>({
  type: 'object',
  required: ['revoked', 'same', 'status', 'headers', 'body'],
  properties: {
    revoked: { type: 'boolean' },
    same: { type: 'boolean' },
    status: { type: 'integer' },
    headers: { type: 'object', additionalProperties: { type: 'string' } },
    body: { type: ['string', 'null'] },
  },
});

/** The answer kept under a key. */
export function selectAnswer(
  db: Database,
  { owner, operation, key }: KeyScope,
  fingerprint: Buffer,
): Promise<FoundAnswer> {
  return db.one(sql.type(storedRow)`
    /* select_answer */
    SELECT ${isRevoked(owner)} AS revoked, fingerprint = ${sql.binary(fingerprint)} AS same, status, headers, body
    FROM idempotency_keys
    WHERE user_id = ${owner.subject} AND operation = ${operation} AND key = ${key}`);
}

const nothing = standardSchema<Record<string, never>>({ type: 'object' });

/** Keeps the answer under the key that the same transaction has taken. */
export async function storeAnswer(
  db: Database,
  { owner, operation, key }: KeyScope,
  { status, headers, body }: StoredAnswer,
): Promise<void> {
  await db.query(sql.type(nothing)`
    /* store_answer */
    UPDATE idempotency_keys
    SET status = ${status}, headers = ${JSON.stringify(headers)}::json, body = ${body}
    WHERE user_id = ${owner.subject} AND operation = ${operation} AND key = ${key}`);
}

/** Frees the key that the same transaction has taken. */
export async function freeKey(db: Database, { owner, operation, key }: KeyScope): Promise<void> {
  await db.query(sql.type(nothing)`
    /* free_key */
    DELETE FROM idempotency_keys
    WHERE user_id = ${owner.subject} AND operation = ${operation} AND key = ${key}`);
}

/** Within this time of the end of a key's day, nobody waits for who may be taking it again. */
const CLOSE = '1 minute';

/** How many keys one statement of an erasure deletes at most. */
const BATCH = 5_000;

/**
 * Deletes all keys of an owner whose row the same transaction has locked.
 *
 * Only a request that takes a key again after its day locks first a key that can be seen here, and then the
 * owner's row. Such a key is left to it: if its token is dead, as is to be expected, the sweep is next.
 */
export async function deleteKeys(db: Database, { subject }: Principal): Promise<void> {
  const isYoung = sql.fragment`created_at > clock_timestamp() - ${KEPT}::interval + ${CLOSE}::interval`;
  await deleteInOrder(db, subject, sql.fragment`AND ${isYoung}`, sql.fragment`FOR UPDATE`);
  await deleteInOrder(db, subject, sql.fragment``, sql.fragment`FOR UPDATE SKIP LOCKED`);
}

const lastRow = standardSchema<Pick<KeyScope, 'operation' | 'key'>>({
  type: 'object',
  required: ['operation', 'key'],
  properties: { operation: { type: 'string' }, key: { type: 'string' } },
});

/** In the order of the primary key, so that no statement reads again what the one before has deleted. */
async function deleteInOrder(
  db: Database,
  subject: string,
  condition: ReturnType<typeof sql.fragment>,
  lock: ReturnType<typeof sql.fragment>,
): Promise<void> {
  let last: Pick<KeyScope, 'operation' | 'key'> | null = { operation: '', key: '' };
  while (last !== null) {
    const { operation, key }: Pick<KeyScope, 'operation' | 'key'> = last;
    // By their places, and with the owner in words for which there is no index: where users have few keys on average, a plan for
    // any user would look at each of the owner's keys, and compare it with all of the places.
    last = await db.maybeOne(sql.type(lastRow)`
      /* erase_keys */
      WITH doomed AS MATERIALIZED (
        SELECT idempotency_keys.ctid AS place, operation, key
        FROM idempotency_keys
        WHERE user_id = ${subject} AND (operation, key) > (${operation}, ${key}) ${condition}
        ORDER BY operation, key
        LIMIT ${pageSize(BATCH)}
        ${lock}
      ), deleted AS (
        DELETE FROM idempotency_keys
        WHERE user_id || '' = ${subject} AND ctid = ANY(ARRAY(SELECT doomed.place FROM doomed))
      )
      SELECT operation, key FROM doomed ORDER BY operation DESC, key DESC LIMIT 1`);
  }
}

/**
 * Deletes what is older than a day, of every user: the one statement that names no owner.
 *
 * @param limit how many at most, so that no transaction grows long
 * @returns how many were deleted
 */
export async function sweepKeys(db: Database, limit: number): Promise<number> {
  // By their places, which cannot change while the rows are locked: joined by their keys, many rows would be looked for by
  // reading the whole table.
  const { rowCount } = await db.query(sql.type(nothing)`
    /* sweep_keys */
    DELETE FROM idempotency_keys
    WHERE ctid = ANY (ARRAY(
      SELECT ctid
      FROM idempotency_keys
      WHERE created_at < now() - ${KEPT}::interval
      ORDER BY created_at
      LIMIT ${pageSize(limit)}
      FOR UPDATE SKIP LOCKED
    ))`);
  return rowCount;
}
