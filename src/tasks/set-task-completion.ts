import type { RequestOf, ResponseOf } from '../contract/types.ts';
import { changeTask } from './change-task.ts';
import type { TasksDeps } from './queries.ts';

/** `PATCH /api/{user_id}/tasks/{id}/complete`: completes or reopens a task. */
export async function setTaskCompletion(
  request: RequestOf<'setTaskCompletion'>,
  { db }: TasksDeps,
): Promise<ResponseOf<'setTaskCompletion'>> {
  return changeTask(db, request);
}
