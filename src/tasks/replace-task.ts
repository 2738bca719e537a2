import type { RequestOf, ResponseOf } from '../contract/types.ts';
import { changeTask } from './change-task.ts';
import type { TasksDeps } from './queries.ts';

/** `PUT /api/{user_id}/tasks/{id}`: sets every field that a client may set. */
export async function replaceTask(
  request: RequestOf<'replaceTask'>,
  { db }: TasksDeps,
): Promise<ResponseOf<'replaceTask'>> {
  return changeTask(db, request);
}
