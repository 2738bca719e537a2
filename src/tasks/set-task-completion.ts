import type { RequestOf, ResponseOf } from '../contract/types.ts';
import { entityTag } from '../http/conditional.ts';
import { updateTaskFields, type TasksDeps } from './queries.ts';
import { taskNotFound } from './task-not-found.ts';

/** `PATCH /api/{user_id}/tasks/{id}/complete`: completes or reopens a task. */
export async function setTaskCompletion(
  { path, body, principal }: RequestOf<'setTaskCompletion'>,
  { db }: TasksDeps,
): Promise<ResponseOf<'setTaskCompletion'>> {
  const task = await updateTaskFields(db, principal.subject, path.id, body);
  if (!task) return taskNotFound();
  return { status: 200, headers: { ETag: entityTag(task.revision) }, body: task };
}
