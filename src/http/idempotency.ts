import { createHash } from 'node:crypto';
import type { Principal } from '../auth/principal.ts';
import { ProblemError } from '../contract/problems.ts';
import type { AnyResponse } from '../contract/types.ts';
import { databaseFailure } from '../db/errors.ts';
import {
  freeKey,
  selectAnswer,
  storeAnswer,
  takeKey,
  type KeyScope,
  type FoundAnswer,
} from '../db/idempotency-keys.ts';
import { assertLive, type Database } from '../db/owner.ts';

/** A request that its client may repeat until it has seen an answer. */
export interface RepeatableRequest {
  readonly owner: Principal;
  readonly operationId: string;
  /** The field value of `Idempotency-Key`, valid by the contract. */
  readonly field: string;
  /** Everything that makes the request what it is; a key stands for one content. */
  readonly content: unknown;
}

/**
 * Does the work of a request once for its `Idempotency-Key`, and gives every repeat the first answer
 * (https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/). The answer is kept in
 * the transaction of the work: when the process dies, either both were done or neither.
 *
 * @param work what to do with the transaction; only a 2xx answer is kept
 * @throws ProblemError `idempotency_key_reused`, `idempotency_key_in_use`; AuthenticationError `revoked`
 */
export async function idempotently(
  db: Database,
  { owner, operationId, field, content }: RepeatableRequest,
  work: (db: Database) => Promise<AnyResponse>,
): Promise<AnyResponse> {
  const scope = { owner, operation: operationId, key: keyOf(field) };
  const fingerprint = createHash('sha256').update(canonical(content)).digest();
  // Slonik destroys the connection of a transaction that throws, so outcomes are returned.
  const outcome = await db.transaction((transaction) =>
    answerOnce(transaction, scope, fingerprint, work),
  );
  return 'replayed' in outcome ? replay(outcome.replayed) : outcome.answered;
}

/** The order of an object's members says nothing (RFC 8259, section 4), so it makes no other request. */
function canonical(content: unknown): string {
  return JSON.stringify(content, (_name, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

type Outcome = { readonly answered: AnyResponse } | { readonly replayed: FoundAnswer };

async function answerOnce(
  db: Database,
  scope: KeyScope,
  fingerprint: Buffer,
  work: (db: Database) => Promise<AnyResponse>,
): Promise<Outcome> {
  const isTaken = await takeKey(db, scope, fingerprint).catch(refuseLocked);
  if (!isTaken) {
    return { replayed: await selectAnswer(db, scope, fingerprint) };
  }
  const { body, ...answer } = await work(db);
  if (answer.status > 299) {
    await freeKey(db, scope);
    return { answered: { ...answer, body } };
  }
  const text = body === undefined ? null : JSON.stringify(body);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    if (value !== undefined) headers[name] = value;
  }
  await storeAnswer(db, scope, { status: answer.status, headers, body: text });
  return { answered: { ...answer, body } };
}

/** Only here: what holds up the work itself later is no repeat of it. */
function refuseLocked(error: unknown): never {
  if (databaseFailure(error) !== 'locked') throw error;
  throw new ProblemError(
    'idempotency_key_in_use',
    'The first request with this Idempotency-Key has not ended yet.',
    { headers: { 'Retry-After': '1' }, cause: error },
  );
}

function replay(found: FoundAnswer): AnyResponse {
  const { same, status, headers, body } = assertLive(found);
  if (!same) {
    const detail = 'This Idempotency-Key was used for another request. Take a new one.';
    throw new ProblemError('idempotency_key_reused', detail, {
      errors: [{ header: 'idempotency-key', detail: 'was used for another request' }],
    });
  }
  const parsed: unknown = body === null ? undefined : JSON.parse(body);
  return { status, headers: { ...headers, 'Idempotency-Replayed': 'true' }, body: parsed };
}

/** The key itself: it may come as a structured field's string (RFC 9651), or bare. */
function keyOf(field: string): string {
  return field.startsWith('"') ? field.slice(1, -1).replaceAll(/\\(.)/g, '$1') : field;
}
