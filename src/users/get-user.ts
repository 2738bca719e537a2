import type { RequestOf, ResponseOf } from '../contract/types.ts';
import { selectRevision } from '../db/revision.ts';
import { entityTag, isNotModified } from '../http/conditional.ts';
import { selectUser, type UsersDeps } from './queries.ts';

/** `GET /api/{user_id}`: the account. One's own always exists, before the first write too. */
export async function getUser(
  { headers, principal }: RequestOf<'getUser'>,
  { db }: UsersDeps,
): Promise<ResponseOf<'getUser'>> {
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined) {
    // Counting takes the longer the more tasks there are; the revision does not.
    const current = entityTag(await selectRevision(db, principal));
    if (isNotModified(ifNoneMatch, current)) return { status: 304, headers: { ETag: current } };
  }
  const user = await selectUser(db, principal);
  return { status: 200, headers: { ETag: entityTag(user.revision) }, body: user };
}
