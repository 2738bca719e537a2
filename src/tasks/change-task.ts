import type { Principal } from '../auth/principal.ts';
import type { Exactly, Schema } from '../contract/types.ts';
import type { Database } from '../db/owner.ts';
import { entityTag, expectedRevisions } from '../http/conditional.ts';
import { taskChanged, taskNotFound } from './outcomes.ts';
import { updateTaskFields } from './writes.ts';

/** A request to change a task: what the three operations that do so have in common. */
interface ChangeRequest<Changes extends object> {
  readonly path: { readonly id: string };
  readonly headers: { readonly 'if-match'?: string };
  readonly body: Exactly<Schema<'UpdateTask'>, Changes>;
  readonly principal: Principal;
}

/** Changes a task, if it is as the client expects it to be. */
export async function changeTask<Changes extends object>(
  db: Database,
  { path, headers, body, principal }: ChangeRequest<Changes>,
) {
  const expected = expectedRevisions(headers['if-match']);
  const written = await updateTaskFields(db, principal, path.id, body, expected);
  if (!written) return taskNotFound();
  if ('stale' in written) return taskChanged(written.stale);
  const { task } = written;
  return { status: 200 as const, headers: { ETag: entityTag(task.revision) }, body: task };
}
