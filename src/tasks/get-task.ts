import type { RequestOf, ResponseOf } from '../contract/types.ts';
import { entityTag, isNotModified } from '../http/conditional.ts';
import { taskNotFound } from './outcomes.ts';
import { selectTask, selectTaskRevision, type TasksDeps } from './queries.ts';

/** `GET /api/{user_id}/tasks/{id}` */
export async function getTask(
  { path, headers, principal }: RequestOf<'getTask'>,
  { db }: TasksDeps,
): Promise<ResponseOf<'getTask'>> {
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined) {
    const revision = await selectTaskRevision(db, principal, path.id);
    if (revision === null) return taskNotFound();
    const current = entityTag(revision);
    if (isNotModified(ifNoneMatch, current)) return { status: 304, headers: { ETag: current } };
  }
  const task = await selectTask(db, principal, path.id);
  if (!task) return taskNotFound();
  return { status: 200, headers: { ETag: entityTag(task.revision) }, body: task };
}
