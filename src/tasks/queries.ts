import { sql, type DatabasePool } from 'slonik';
import { contractSchema, schemaRef, standardSchema } from '../contract/schemas.ts';
import type { Exactly, RequestOf, Schema } from '../contract/types.ts';
import type { ListScope, Position } from '../db/cursors.ts';
import { taskColumns, type Task } from './columns.ts';

// Every statement takes the owner first and names it in the predicate of every table that it touches.
// A statement that writes takes the next revision from the owner's row and stamps it on the task, all
// in one: the lock on that row puts a user's writes in an order, and no number is lost between them.
// It locks the task before it counts, so that the state it decides by is the state it changes.

/** What the task operations need. */
export interface TasksDeps {
  readonly db: DatabasePool;
}

const taskRow = contractSchema('Task');

/** The moment of a change: now, and always later than the one before, even within one millisecond. */
const changedAt = sql.fragment`greatest(now(), tasks.updated_at + interval '1 millisecond')`;

/** A page of an owner's tasks, and the revision of all that owner's tasks at the same moment. */
export interface TaskList {
  readonly revision: number;
  readonly tasks: Task[];
}

const taskListRow = standardSchema<TaskList>({
  type: 'object',
  required: ['revision', 'tasks'],
  properties: {
    revision: { type: 'integer', minimum: 0 },
    tasks: { type: 'array', items: { $ref: schemaRef('Task') } },
  },
});

const orders = {
  '-created_at': { column: 'created_at', type: 'timestamptz', descending: true },
  created_at: { column: 'created_at', type: 'timestamptz', descending: false },
  '-updated_at': { column: 'updated_at', type: 'timestamptz', descending: true },
  updated_at: { column: 'updated_at', type: 'timestamptz', descending: false },
  title: { column: 'title', type: 'text', descending: false },
  '-title': { column: 'title', type: 'text', descending: true },
} as const satisfies Record<Schema<'Sort'>, object>;

/** The value that a list in this order is sorted by. */
export function sortKey(task: Task, sort: Schema<'Sort'>): string {
  return task[orders[sort].column];
}

/**
 * The owner's tasks after a position, and the revision, read in one statement and so at one moment.
 *
 * @param limit how many tasks at most
 */
export function selectTasks(
  db: DatabasePool,
  owner: string,
  { sort, completed, after, limit }: ListScope & { after: Position | undefined; limit: number },
): Promise<TaskList> {
  const { column, type, descending } = orders[sort];
  const key = sql.identifier(['tasks', column]);
  const direction = descending ? sql.fragment`DESC` : sql.fragment`ASC`;
  const beyond = descending ? sql.fragment`<` : sql.fragment`>`;
  const filter =
    completed === undefined
      ? sql.fragment``
      : completed
        ? sql.fragment`AND tasks.completed_at IS NOT NULL`
        : sql.fragment`AND tasks.completed_at IS NULL`;
  const start = after
    ? sql.fragment`AND (${key}, tasks.id) ${beyond} (${after.key}::${sql.identifier([type])}, ${after.id}::uuid)`
    : sql.fragment``;
  return db.one(sql.type(taskListRow)`
    SELECT
      coalesce((SELECT users.revision FROM users WHERE users.user_id = ${owner}), 0) AS revision,
      (
        SELECT coalesce(json_agg(page), '[]')
        FROM (
          SELECT ${taskColumns}
          FROM tasks
          WHERE tasks.user_id = ${owner} ${filter} ${start}
          ORDER BY ${key} ${direction}, tasks.id ${direction}
          LIMIT ${limit}
        ) AS page
      ) AS tasks`);
}

const revisionRow = standardSchema<{ revision: number }>({
  type: 'object',
  required: ['revision'],
  properties: { revision: { type: 'integer', minimum: 0 } },
});

/** How many writes the owner has made: 0 before the first. No task is read for it. */
export async function selectRevision(db: DatabasePool, owner: string): Promise<number> {
  const row = await db.maybeOne(sql.type(revisionRow)`
    SELECT users.revision FROM users WHERE users.user_id = ${owner}`);
  return row?.revision ?? 0;
}

/** One task, or `null` when the owner has none of that id. */
export function selectTask(db: DatabasePool, owner: string, id: string): Promise<Task | null> {
  return db.maybeOne(sql.type(taskRow)`
    SELECT ${taskColumns}
    FROM tasks
    WHERE tasks.user_id = ${owner} AND tasks.id = ${id}::uuid`);
}

/** Adds a task, and the owner's row with the first one. */
export function insertTask(
  db: DatabasePool,
  owner: string,
  id: string,
  { title, description, completed }: RequestOf<'createTask'>['body'],
): Promise<Task> {
  return db.one(sql.type(taskRow)`
    WITH owner AS (
      INSERT INTO users (user_id, revision)
      VALUES (${owner}, 1)
      ON CONFLICT (user_id) DO UPDATE SET revision = users.revision + 1
      RETURNING users.user_id, users.revision
    )
    INSERT INTO tasks (user_id, id, title, description, created_at, updated_at, completed_at, revision)
    SELECT
      owner.user_id, ${id}::uuid, ${title}, ${description}, now(), now(),
      CASE WHEN ${completed} THEN now() END, owner.revision
    FROM owner
    RETURNING ${taskColumns}`);
}

/**
 * Changes the given fields of one task. A task that is completed already keeps the time at which it
 * was completed.
 *
 * @returns the task as changed, or `null` when the owner has none of that id
 */
export function updateTaskFields<Changes extends object>(
  db: DatabasePool,
  owner: string,
  id: string,
  changes: Exactly<Schema<'UpdateTask'>, Changes>,
): Promise<Task | null> {
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
  return db.maybeOne(sql.type(taskRow)`
    WITH ${targetAndOwner(owner, id)}
    UPDATE tasks
    SET ${sql.join(assignments, sql.fragment`, `)}
    FROM owner
    WHERE tasks.user_id = ${owner} AND tasks.id = ${id}::uuid
    RETURNING ${taskColumns}`);
}

/** Removes one task. Resolves to whether the owner had one of that id. */
export async function removeTask(db: DatabasePool, owner: string, id: string): Promise<boolean> {
  const { rowCount } = await db.query(sql.type(deletedRow)`
    WITH ${targetAndOwner(owner, id)}
    DELETE FROM tasks
    USING owner
    WHERE tasks.user_id = ${owner} AND tasks.id = ${id}::uuid
    RETURNING tasks.id`);
  return rowCount === 1;
}

const deletedRow = standardSchema<{ id: string }>({
  type: 'object',
  properties: { id: { $ref: schemaRef('TaskId') } },
});

/** Locks the task, then counts the owner's revision up, if there is such a task: else it changes nothing. */
function targetAndOwner(owner: string, id: string) {
  return sql.fragment`
    target AS (
      SELECT tasks.user_id
      FROM tasks
      WHERE tasks.user_id = ${owner} AND tasks.id = ${id}::uuid
      FOR UPDATE
    ),
    owner AS (
      UPDATE users
      SET revision = users.revision + 1
      FROM target
      WHERE users.user_id = ${owner} AND users.user_id = target.user_id
      RETURNING users.revision
    )`;
}
