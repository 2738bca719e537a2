import { v7 as uuidv7 } from 'uuid';
import type { RequestOf, ResponseOf } from '../contract/types.ts';
import { entityTag } from '../http/conditional.ts';
import { insertTask, type TasksDeps } from './queries.ts';

/** `POST /api/{user_id}/tasks`: adds a task under a new id. */
export async function createTask(
  { body, principal }: RequestOf<'createTask'>,
  { db }: TasksDeps,
): Promise<ResponseOf<'createTask'>> {
  // Without options: so the ids of one millisecond are in order, too, and with them the tasks in a list.
  const task = await insertTask(db, principal, uuidv7(), body);
  return {
    status: 201,
    headers: {
      ETag: entityTag(task.revision),
      Location: `/api/${encodeURIComponent(task.user_id)}/tasks/${task.id}`,
    },
    body: task,
  };
}
