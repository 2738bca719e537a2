import { sql } from 'slonik';
import type { Principal } from '../auth/principal.ts';
import { standardSchema } from '../contract/schemas.ts';
import {
  assertLive,
  isRevoked,
  ownerPlaces,
  ownerValues,
  type Database,
  type OwnerValue,
  type OwnerValues,
} from './owner.ts';
import { prepared } from './prepared.ts';

/** The revision of everything the owner has, as an expression; 0 before the first write. */
export function ownerRevision({ subject }: OwnerValues) {
  return sql.fragment`coalesce((SELECT users.revision FROM users WHERE users.user_id = ${subject}), 0)`;
}

const revisionRow = standardSchema<{ revoked: boolean; revision: number }>({
  type: 'object',
  required: ['revoked', 'revision'],
  properties: { revoked: { type: 'boolean' }, revision: { type: 'integer', minimum: 0 } },
});

const revisionOf = prepared((value: (name: OwnerValue) => string) => {
  const owner = ownerPlaces(value);
  return sql.type(revisionRow)`
    /* select_revision */
    SELECT ${isRevoked(owner)} AS revoked, ${ownerRevision(owner)} AS revision`;
});

/**
 * How many writes the owner has made: 0 before the first. No task is read for it.
 *
 * @throws AuthenticationError `revoked`
 */
export async function selectRevision(db: Database, owner: Principal): Promise<number> {
  const row = await db.one(revisionOf(ownerValues(owner)));
  return assertLive(row).revision;
}
