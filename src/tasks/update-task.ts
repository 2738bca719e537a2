import type { RequestOf, ResponseOf } from '../contract/types.ts';
import { changeTask } from './change-task.ts';
import type { TasksDeps } from './queries.ts';

/** `PATCH /api/{user_id}/tasks/{id}`: sets the fields that the merge patch (RFC 7396) names, and no others. */
export async function updateTask(
  request: RequestOf<'updateTask'>,
  { db }: TasksDeps,
): Promise<ResponseOf<'updateTask'>> {
  return changeTask(db, request);
}
