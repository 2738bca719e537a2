import type { RequestOf, ResponseOf } from '../contract/types.ts';
import { entityTag } from '../http/conditional.ts';
import { updateTaskFields, type TasksDeps } from './queries.ts';
import { taskNotFound } from './task-not-found.ts';

/** `PUT /api/{user_id}/tasks/{id}`: sets every field that a client may set. */
export async function replaceTask(
  { path, body, principal }: RequestOf<'replaceTask'>,
  { db }: TasksDeps,
): Promise<ResponseOf<'replaceTask'>> {
  const task = await updateTaskFields(db, principal.subject, path.id, body);
  if (!task) return taskNotFound();
  return { status: 200, headers: { ETag: entityTag(task.revision) }, body: task };
}
