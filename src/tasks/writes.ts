import { sql } from 'slonik';
import type { Principal } from '../auth/principal.ts';
import { schemaRef, standardSchema } from '../contract/schemas.ts';
import type { Exactly, Schema } from '../contract/types.ts';
import { assertLive, isLive, type Database } from '../db/owner.ts';
import { taskColumns, type Task } from '../db/task-columns.ts';
import type { ExpectedRevisions, Written } from './queries.ts';

/** What a statement that changes one task finds and leaves. */
interface WrittenRow {
  readonly revoked: boolean;
  /** The revision that the task was at; `null` when there is none. */
  readonly found: number | null;
  /** The task after the change, or as it was before its deletion; `null` when nothing was written. */
  readonly task: Task | null;
}

const writtenRow = standardSchema<WrittenRow>({
  type: 'object',
  required: ['revoked', 'found', 'task'],
  properties: {
    revoked: { type: 'boolean' },
    found: { type: ['integer', 'null'], minimum: 1 },
    task: { anyOf: [{ $ref: schemaRef('Task') }, { type: 'null' }] },
  },
});

/** The moment of a change: now, and always later than the one before, even within one millisecond. */
const changedAt = sql.fragment`greatest(now(), tasks.updated_at + interval '1 millisecond')`;

/**
 * Changes the given fields of one task. A task that is completed already keeps the time at which it
 * was completed.
 *
 * @throws AuthenticationError `revoked`
 */
export function updateTaskFields<Changes extends object>(
  db: Database,
  owner: Principal,
  id: string,
  changes: Exactly<Schema<'UpdateTask'>, Changes>,
  expected: ExpectedRevisions,
): Promise<Written> {
  const { title, description, completed } = changes;
  const assignments = [
    ...(title === undefined ? [] : [sql.fragment`title = ${title}`]),
    ...(description === undefined ? [] : [sql.fragment`description = ${description}`]),
    ...(completed === undefined
      ? []
      : [
          sql.fragment`completed_at = CASE WHEN ${completed} THEN coalesce(tasks.completed_at, ${changedAt}) END`,
        ]),
    sql.fragment`updated_at = ${changedAt}`,
    sql.fragment`revision = owner.revision`,
  ];
  return write(
    db,
    owner,
    id,
    expected,
    sql.fragment`
      UPDATE tasks
      SET ${sql.join(assignments, sql.fragment`, `)}
      FROM owner
      WHERE tasks.user_id = ${owner.subject} AND tasks.id = ${id}::uuid
      RETURNING ${taskColumns}`,
  );
}

/**
 * Removes one task.
 *
 * @throws AuthenticationError `revoked`
 */
export function removeTask(
  db: Database,
  owner: Principal,
  id: string,
  expected: ExpectedRevisions,
): Promise<Written> {
  return write(
    db,
    owner,
    id,
    expected,
    sql.fragment`
      DELETE FROM tasks
      USING owner
      WHERE tasks.user_id = ${owner.subject} AND tasks.id = ${id}::uuid
      RETURNING ${taskColumns}`,
  );
}

/**
 * Locks the owner's row, then the task; counts the owner's revision up when there is such a task at an
 * expected revision; and then changes it. Of several writers that expect the same revision one finds it,
 * since the others wait for the lock and then see what that one left.
 *
 * The owner's row comes first in everything that writes, creation and erasure as well: taken in one order,
 * locks end in no deadlock.
 */
async function write(
  db: Database,
  owner: Principal,
  id: string,
  expected: ExpectedRevisions,
  change: ReturnType<typeof sql.fragment>,
): Promise<Written> {
  const isExpected =
    expected === undefined
      ? sql.fragment`true`
      : sql.fragment`target.revision = ANY(${sql.array([...expected], 'int8')})`;
  // What is selected of a row that is locked is what it holds once the lock is there.
  const row = await db.one(sql.type(writtenRow)`
    /* change_task */
    WITH holder AS MATERIALIZED (
      SELECT users.user_id, ${isLive(owner)} AS live
      FROM users
      WHERE users.user_id = ${owner.subject}
      FOR NO KEY UPDATE
    ), target AS MATERIALIZED (
      SELECT tasks.user_id, tasks.revision, holder.live
      FROM holder
      JOIN tasks ON tasks.user_id = holder.user_id
      WHERE tasks.user_id = ${owner.subject} AND tasks.id = ${id}::uuid
      FOR UPDATE OF tasks
    ), owner AS (
      UPDATE users
      SET revision = users.revision + 1
      FROM target
      WHERE users.user_id = ${owner.subject} AND users.user_id = target.user_id
        AND ${isExpected} AND target.live
      RETURNING users.revision
    ), changed AS (${change})
    SELECT
      coalesce((SELECT NOT holder.live FROM holder), false) AS revoked,
      (SELECT target.revision FROM target) AS found,
      (SELECT to_json(changed) FROM changed) AS task`);
  const { task, found } = assertLive(row);
  if (task) return { task };
  return found === null ? undefined : { stale: found };
}
