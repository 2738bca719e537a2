import { sql } from 'slonik';
import type { Principal } from '../auth/principal.ts';
import { schemaRef, standardSchema } from '../contract/schemas.ts';
import type { Exactly, Schema } from '../contract/types.ts';
import {
  assertLive,
  isLive,
  ownerPlaces,
  ownerValues,
  type Database,
  type OwnerValue,
} from '../db/owner.ts';
import { prepared } from '../db/prepared.ts';
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

/** What a statement that changes one task is given. */
type WriteValue = OwnerValue | 'id' | 'expected' | 'title' | 'description' | 'completed';
type Place = (name: WriteValue) => string;

/** Everything that can be changed of a task. */
const FIELDS = ['title', 'description', 'completed'] as const;
type Field = (typeof FIELDS)[number];

/** Changes these fields. A task that is completed already keeps the time at which it was completed. */
function writeUpdate(fields: readonly Field[], value: Place) {
  const owner = ownerPlaces(value);
  const id = value('id');
  const assignments = {
    title: () => sql.fragment`title = ${value('title')}`,
    description: () => sql.fragment`description = ${value('description')}`,
    completed: () =>
      sql.fragment`completed_at = CASE WHEN ${value('completed')} THEN coalesce(tasks.completed_at, ${changedAt}) END`,
  };
  const all = [
    ...fields.map((field) => assignments[field]()),
    sql.fragment`updated_at = ${changedAt}`,
    sql.fragment`revision = owner.revision`,
  ];
  return sql.fragment`
      UPDATE tasks
      SET ${sql.join(all, sql.fragment`, `)}
      FROM owner
      WHERE tasks.user_id = ${owner.subject} AND tasks.id = ${id}::uuid
      RETURNING ${taskColumns}`;
}

function writeRemoval(value: Place) {
  const owner = ownerPlaces(value);
  const id = value('id');
  return sql.fragment`
      DELETE FROM tasks
      USING owner
      WHERE tasks.user_id = ${owner.subject} AND tasks.id = ${id}::uuid
      RETURNING ${taskColumns}`;
}

/**
 * Locks the owner's row, then the task; counts the owner's revision up when there is such a task at an
 * expected revision; and then changes it. Of several writers that expect the same revision one finds it,
 * since the others wait for the lock and then see what that one left.
 *
 * The owner's row comes first in everything that writes, creation and erasure as well: taken in one order,
 * locks end in no deadlock.
 */
function writeStatement(
  writeChange: (value: Place) => ReturnType<typeof sql.fragment>,
  isConditional: boolean,
) {
  return prepared((value: Place) => {
    const owner = ownerPlaces(value);
    const id = value('id');
    const isExpected = isConditional
      ? sql.fragment`target.revision = ANY(${value('expected')}::int8[])`
      : sql.fragment`true`;
    // What is selected of a row that is locked is what it holds once the lock is there.
    return sql.type(writtenRow)`
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
    ), changed AS (${writeChange(value)})
    SELECT
      coalesce((SELECT NOT holder.live FROM holder), false) AS revoked,
      (SELECT target.revision FROM target) AS found,
      (SELECT to_json(changed) FROM changed) AS task`;
  });
}

const statements = new Map<string, ReturnType<typeof writeStatement>>();

/** Each of them is written once: for a removal, or for the fields that are changed, and each with and without expectations. */
function statementFor(fields: readonly Field[] | 'removal', isConditional: boolean) {
  const name = `${String(fields)} ${String(isConditional)}`;
  const known = statements.get(name);
  if (known) return known;
  const writeChange = (value: Place) =>
    fields === 'removal' ? writeRemoval(value) : writeUpdate(fields, value);
  const statement = writeStatement(writeChange, isConditional);
  statements.set(name, statement);
  return statement;
}

/**
 * Changes the given fields of one task.
 *
 * @throws AuthenticationError `revoked`
 */
export async function updateTaskFields<Changes extends object>(
  db: Database,
  owner: Principal,
  id: string,
  changes: Exactly<Schema<'UpdateTask'>, Changes>,
  expected: ExpectedRevisions,
): Promise<Written> {
  const { title, description, completed } = changes;
  const values = { title, description, completed };
  const fields = FIELDS.filter((field) => values[field] !== undefined);
  const statement = statementFor(fields, expected !== undefined);
  return outcome(
    await db.one(
      statement({
        ...ownerValues(owner),
        id,
        expected: expected ?? null,
        title: title ?? null,
        description: description ?? null,
        completed: completed ?? null,
      }),
    ),
  );
}

/**
 * Removes one task.
 *
 * @throws AuthenticationError `revoked`
 */
export async function removeTask(
  db: Database,
  owner: Principal,
  id: string,
  expected: ExpectedRevisions,
): Promise<Written> {
  const statement = statementFor('removal', expected !== undefined);
  const none = { title: null, description: null, completed: null };
  return outcome(
    await db.one(statement({ ...ownerValues(owner), id, expected: expected ?? null, ...none })),
  );
}

function outcome(row: WrittenRow): Written {
  const { task, found } = assertLive(row);
  if (task) return { task };
  return found === null ? undefined : { stale: found };
}
