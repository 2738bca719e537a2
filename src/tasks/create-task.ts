import { newUuid } from '../random.ts';
import type { RequestOf, ResponseOf } from '../contract/types.ts';
import { entityTag } from '../http/conditional.ts';
import { insertTask, type TasksDeps } from './queries.ts';

/** `POST /api/{user_id}/tasks`: adds a task under a new id. */
export async function createTask(
  { body, principal }: RequestOf<'createTask'>,
  { db }: TasksDeps,
): Promise<ResponseOf<'createTask'>> {
  const task = await insertTask(db, principal, newUuid(), body);
  return {
    status: 201,
    headers: {
      ETag: entityTag(task.revision),
      Location: `/api/${encodeURIComponent(task.user_id)}/tasks/${task.id}`,
    },
    body: task,
  };
}
