import type { RequestOf, ResponseOf } from '../contract/types.ts';
import { expectedRevisions } from '../http/conditional.ts';
import { taskChanged, taskNotFound } from './outcomes.ts';
import type { TasksDeps } from './queries.ts';
import { removeTask } from './writes.ts';

/** `DELETE /api/{user_id}/tasks/{id}` */
export async function deleteTask(
  { path, headers, principal }: RequestOf<'deleteTask'>,
  { db }: TasksDeps,
): Promise<ResponseOf<'deleteTask'>> {
  const expected = expectedRevisions(headers['if-match']);
  const written = await removeTask(db, principal, path.id, expected);
  if (!written) return taskNotFound();
  return 'stale' in written ? taskChanged(written.stale) : { status: 204 };
}
