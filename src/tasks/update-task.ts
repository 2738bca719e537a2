import type { RequestOf, ResponseOf } from '../contract/types.ts';
import { entityTag } from '../http/conditional.ts';
import { updateTaskFields, type TasksDeps } from './queries.ts';
import { taskNotFound } from './task-not-found.ts';

/** `PATCH /api/{user_id}/tasks/{id}`: sets the fields that the merge patch (RFC 7396) names, and no others. */
export async function updateTask(
  { path, body, principal }: RequestOf<'updateTask'>,
  { db }: TasksDeps,
): Promise<ResponseOf<'updateTask'>> {
  const task = await updateTaskFields(db, principal.subject, path.id, body);
  if (!task) return taskNotFound();
  return { status: 200, headers: { ETag: entityTag(task.revision) }, body: task };
}
