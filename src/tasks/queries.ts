import { sql } from 'slonik';
import { AuthenticationError } from '../auth/errors.ts';
import type { Principal } from '../auth/principal.ts';
import { schemaRef, standardSchema } from '../contract/schemas.ts';
import type { RequestOf, Schema } from '../contract/types.ts';
import type { ListScope, Position } from '../db/cursors.ts';
import {
  assertLive,
  isLive,
  isRevoked,
  ownerPlaces,
  ownerValues,
  type Database,
  type OwnerValue,
} from '../db/owner.ts';
import { pageSize } from '../db/page-size.ts';
import { prepared } from '../db/prepared.ts';
import { ownerRevision } from '../db/revision.ts';
import { taskColumns, type Task } from '../db/task-columns.ts';

// Every statement takes the owner first and names it in the predicate of every table that it touches.
// A statement that writes takes the next revision from the owner's row and stamps it on the task, all
// in one: the lock on that row puts a user's writes in an order, and no number is lost between them.
// It locks that row first and the task second, and both before it counts, so that the state it decides by is the state it changes.

/** What the task operations need. */
export interface TasksDeps {
  readonly db: Database;
}

/** The revisions that a client allows a task to be at when it changes it; any, when `undefined`. */
export type ExpectedRevisions = readonly number[] | undefined;

/**
 * What became of a write: the task as it is now; or the revision that it is at, when that was not an
 * expected one; or `undefined`, when the owner has no such task.
 */
export type Written = { readonly task: Task } | { readonly stale: number } | undefined;

/** A page of an owner's tasks, and the revision of all that owner's tasks at the same moment. */
export interface TaskList {
  readonly revision: number;
  readonly tasks: Task[];
}

const task = { $ref: schemaRef('Task') };
const taskOrNull = { anyOf: [task, { type: 'null' }] };
const revoked = { type: 'boolean' };

const taskListRow = standardSchema<TaskList & { revoked: boolean }>({
  type: 'object',
  required: ['revoked', 'revision', 'tasks'],
  properties: {
    revoked,
    revision: { type: 'integer', minimum: 0 },
    tasks: { type: 'array', items: task },
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

/** Every order that a list can have. */
export const sorts: readonly Schema<'Sort'>[] = Object.keys(orders).filter(
  (name): name is Schema<'Sort'> => name in orders,
);

/** The value that a list in this order is sorted by. */
export function sortKey(listed: Task, sort: Schema<'Sort'>): string {
  return listed[orders[sort].column];
}

/** One order, with one filter, from the beginning or from a position. */
function writePage(sort: Schema<'Sort'>, completed: boolean | undefined, isBehind: boolean) {
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
  return prepared((value: (name: OwnerValue | 'key' | 'id' | 'limit') => string) => {
    const owner = ownerPlaces(value);
    const start = isBehind
      ? sql.fragment`AND (${key}, tasks.id) ${beyond} (${value('key')}::${sql.identifier([type])}, ${value('id')}::uuid)`
      : sql.fragment``;
    const page = sql.fragment`
    SELECT
      ${isRevoked(owner)} AS revoked,
      ${ownerRevision(owner)} AS revision,
      (
        SELECT coalesce(json_agg(page), '[]')
        FROM (
          SELECT ${taskColumns}
          FROM tasks
          WHERE tasks.user_id = ${owner.subject} ${filter} ${start}
          ORDER BY ${key} ${direction}, tasks.id ${direction}
          LIMIT ${pageSize(value('limit'))}
        ) AS page
      ) AS tasks`;
    // One that filters may look at all tasks of its owner, so it does not go by a name that says it is short.
    return completed === undefined
      ? sql.type(taskListRow)`/* select_tasks */ ${page}`
      : sql.type(taskListRow)`/* filter_tasks */ ${page}`;
  });
}

const pages = new Map<string, ReturnType<typeof writePage>>();

/** Each of them is written once. */
function pageStatement({ sort, completed }: ListScope, isBehind: boolean) {
  const name = `${sort} ${String(completed)} ${String(isBehind)}`;
  const known = pages.get(name);
  if (known) return known;
  const page = writePage(sort, completed, isBehind);
  pages.set(name, page);
  return page;
}

/**
 * The owner's tasks after a position, and the revision, read in one statement and so at one moment.
 *
 * @param limit how many tasks at most
 * @throws AuthenticationError `revoked`
 */
export async function selectTasks(
  db: Database,
  owner: Principal,
  { after, limit, ...scope }: ListScope & { after: Position | undefined; limit: number },
): Promise<TaskList> {
  const { key, id } = after ?? { key: null, id: null };
  const page = pageStatement(scope, after !== undefined);
  const row = await db.one(page({ ...ownerValues(owner), key, id, limit }));
  return assertLive(row);
}

const oneTaskRow = standardSchema<{ revoked: boolean; task: Task | null }>({
  type: 'object',
  required: ['revoked', 'task'],
  properties: { revoked, task: taskOrNull },
});

const oneTask = prepared((value: (name: OwnerValue | 'id') => string) => {
  const owner = ownerPlaces(value);
  const id = value('id');
  return sql.type(oneTaskRow)`
    /* select_task */
    SELECT
      ${isRevoked(owner)} AS revoked,
      (
        SELECT to_json(found)
        FROM (
          SELECT ${taskColumns}
          FROM tasks
          WHERE tasks.user_id = ${owner.subject} AND tasks.id = ${id}::uuid
        ) AS found
      ) AS task`;
});

/**
 * One task, or `null` when the owner has none of that id.
 *
 * @throws AuthenticationError `revoked`
 */
export async function selectTask(db: Database, owner: Principal, id: string): Promise<Task | null> {
  const row = await db.one(oneTask({ ...ownerValues(owner), id }));
  return assertLive(row).task;
}

const taskRevisionRow = standardSchema<{ revoked: boolean; revision: number | null }>({
  type: 'object',
  required: ['revoked', 'revision'],
  properties: { revoked, revision: { type: ['integer', 'null'], minimum: 1 } },
});

const oneRevision = prepared((value: (name: OwnerValue | 'id') => string) => {
  const owner = ownerPlaces(value);
  const id = value('id');
  return sql.type(taskRevisionRow)`
    /* select_task_revision */
    SELECT
      ${isRevoked(owner)} AS revoked,
      (
        SELECT tasks.revision
        FROM tasks
        WHERE tasks.user_id = ${owner.subject} AND tasks.id = ${id}::uuid
      ) AS revision`;
});

/**
 * The revision that one task is at, or `null` when the owner has none of that id. It is in the index beside
 * the key, so the task itself is not read.
 *
 * @throws AuthenticationError `revoked`
 */
export async function selectTaskRevision(
  db: Database,
  owner: Principal,
  id: string,
): Promise<number | null> {
  const row = await db.one(oneRevision({ ...ownerValues(owner), id }));
  return assertLive(row).revision;
}

const createdTaskRow = standardSchema<{ task: Task }>({
  type: 'object',
  required: ['task'],
  properties: { task },
});

const newTask = prepared(
  (value: (name: OwnerValue | 'id' | 'title' | 'description' | 'completed') => string) => {
    const owner = ownerPlaces(value);
    // An owner who was erased and comes back with a new token begins anew, but goes on counting.
    return sql.type(createdTaskRow)`
    /* insert_task */
    WITH owner AS (
      INSERT INTO users (user_id, revision)
      VALUES (${owner.subject}, 1)
      ON CONFLICT (user_id) DO UPDATE SET
        revision = users.revision + 1,
        created_at = CASE
          WHEN users.erased_at >= users.created_at
          THEN greatest(now(), users.erased_at + interval '1 millisecond')
          ELSE users.created_at
        END
      WHERE ${isLive(owner)}
      RETURNING users.user_id, users.revision
    ), created AS (
      INSERT INTO tasks (user_id, id, title, description, created_at, updated_at, completed_at, revision)
      SELECT
        owner.user_id, ${value('id')}::uuid, ${value('title')}, ${value('description')}, now(), now(),
        CASE WHEN ${value('completed')} THEN now() END, owner.revision
      FROM owner
      RETURNING ${taskColumns}
    )
    SELECT to_json(created) AS task FROM created`;
  },
);

/**
 * Adds a task, and the owner's row with the first one.
 *
 * @throws AuthenticationError `revoked`
 */
export async function insertTask(
  db: Database,
  owner: Principal,
  id: string,
  { title, description, completed }: RequestOf<'createTask'>['body'],
): Promise<Task> {
  const row = await db.maybeOne(
    newTask({ ...ownerValues(owner), id, title, description, completed }),
  );
  if (!row) throw new AuthenticationError('revoked');
  return row.task;
}
