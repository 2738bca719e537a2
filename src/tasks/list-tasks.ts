import { problem } from '../contract/problems.ts';
import type { RequestOf, ResponseOf } from '../contract/types.ts';
import { decodeCursor, encodeCursor } from '../db/cursors.ts';
import { selectRevision } from '../db/revision.ts';
import { entityTag, isNotModified } from '../http/conditional.ts';
import { invalidCursor } from './list-cursor.ts';
import { selectTasks, sortKey, type TasksDeps } from './queries.ts';

/** `GET /api/{user_id}/tasks`: one page of the owner's tasks, by keyset. */
export async function listTasks(
  request: RequestOf<'listTasks'>,
  { db }: TasksDeps,
): Promise<ResponseOf<'listTasks'>> {
  const { path, query, headers, principal } = request;
  const { sort, completed, limit, cursor } = query;
  const scope = { sort, completed };
  const after = cursor === undefined ? undefined : decodeCursor(cursor, scope);
  if (cursor !== undefined && !after) {
    const detail = 'The cursor is not one of this list in this order and filter.';
    return problem('invalid_cursor', detail, [invalidCursor]);
  }

  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined) {
    const current = entityTag(await selectRevision(db, principal));
    if (isNotModified(ifNoneMatch, current)) return { status: 304, headers: { ETag: current } };
  }

  // One more than asked for tells whether there is a next page.
  const list = await selectTasks(db, principal, { ...scope, after, limit: limit + 1 });
  const items = list.tasks.slice(0, limit);
  const last = list.tasks.length > limit ? items.at(-1) : undefined;
  const next = last && encodeCursor(scope, { key: sortKey(last, sort), id: last.id });
  return {
    status: 200,
    headers: {
      ETag: entityTag(list.revision),
      ...(next && { Link: nextLink(path.user_id, query, next) }),
    },
    body: { items, next_cursor: next ?? null },
  };
}

/** The next page as a link (RFC 8288), relative to the host. */
function nextLink(
  userId: string,
  { sort, completed, limit }: RequestOf<'listTasks'>['query'],
  cursor: string,
): string {
  // Nothing in the query has to be encoded: its values are words, numbers, and a cursor in base64url.
  const filter = completed === undefined ? '' : `&completed=${String(completed)}`;
  const query = `limit=${String(limit)}&sort=${sort}&cursor=${cursor}${filter}`;
  return `</api/${encodeURIComponent(userId)}/tasks?${query}>; rel="next"`;
}
