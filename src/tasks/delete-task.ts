import type { RequestOf, ResponseOf } from '../contract/types.ts';
import { removeTask, type TasksDeps } from './queries.ts';
import { taskNotFound } from './task-not-found.ts';

/** `DELETE /api/{user_id}/tasks/{id}` */
export async function deleteTask(
  { path, principal }: RequestOf<'deleteTask'>,
  { db }: TasksDeps,
): Promise<ResponseOf<'deleteTask'>> {
  return (await removeTask(db, principal.subject, path.id)) ? { status: 204 } : taskNotFound();
}
