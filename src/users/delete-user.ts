import { problem } from '../contract/problems.ts';
import type { RequestOf, ResponseOf } from '../contract/types.ts';
import { entityTag, expectedRevisions } from '../http/conditional.ts';
import { eraseUser } from './erasure.ts';
import type { UsersDeps } from './queries.ts';

/** `DELETE /api/{user_id}`: erases everything, and ends every token issued before. */
export async function deleteUser(
  { headers, principal }: RequestOf<'deleteUser'>,
  { db }: UsersDeps,
): Promise<ResponseOf<'deleteUser'>> {
  // Dispatch refuses its absence, which elsewhere means that any revision will do. Never here.
  const expected = expectedRevisions(headers['if-match'] ?? '');
  const outcome = await eraseUser(db, principal, expected);
  if (!outcome) return { status: 204 };
  return {
    ...problem('precondition_failed', 'Your data has changed since. Look at it again first.'),
    headers: { ETag: entityTag(outcome.stale) },
  };
}
