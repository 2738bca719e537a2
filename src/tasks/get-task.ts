import type { RequestOf, ResponseOf } from '../contract/types.ts';
import { entityTag, isNotModified } from '../http/conditional.ts';
import { taskNotFound } from './outcomes.ts';
import { selectTask, type TasksDeps } from './queries.ts';

/** `GET /api/{user_id}/tasks/{id}` */
export async function getTask(
  { path, headers, principal }: RequestOf<'getTask'>,
  { db }: TasksDeps,
): Promise<ResponseOf<'getTask'>> {
  const task = await selectTask(db, principal, path.id);
  if (!task) return taskNotFound();
  const current = entityTag(task.revision);
  if (isNotModified(headers['if-none-match'], current)) {
    return { status: 304, headers: { ETag: current } };
  }
  return { status: 200, headers: { ETag: current }, body: task };
}
