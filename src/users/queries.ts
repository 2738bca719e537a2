import { sql } from 'slonik';
import type { Principal } from '../auth/principal.ts';
import { schemaRef, standardSchema } from '../contract/schemas.ts';
import type { Schema } from '../contract/types.ts';
import { assertLive, isRevoked, type Database } from '../db/owner.ts';
import { pageSize } from '../db/page-size.ts';
import { ownerRevision } from '../db/revision.ts';
import { taskColumns, type Task } from '../db/task-columns.ts';
import { timestamp } from '../db/timestamp.ts';

/** What the account operations need. */
export interface UsersDeps {
  readonly db: Database;
}

/** A user as the contract has it. */
export type User = Schema<'User'>;

const userRow = standardSchema<{ revoked: boolean; user: User }>({
  type: 'object',
  required: ['revoked', 'user'],
  properties: { revoked: { type: 'boolean' }, user: { $ref: schemaRef('User') } },
});

/**
 * The owner's account, all of it read at one moment. There is one for everybody: before the first write,
 * and after an erasure, it is empty.
 *
 * @throws AuthenticationError `revoked`
 */
export async function selectUser(db: Database, owner: Principal): Promise<User> {
  // The row of an erased user is only a tombstone, until a new first write makes it a user's again. For a
  // revoked token nothing is counted. In an order, and with a limit that nobody reaches, so that the planner follows the index
  // (pageSize): for one who has a good part of all tasks it would read everybody's.
  const row = await db.one(sql.type(userRow)`
    /* summarise_user */
    SELECT
      ${isRevoked(owner)} AS revoked,
      json_build_object(
        'user_id', ${owner.subject}::text,
        'created_at', (
          SELECT present.created_at
          FROM (
            SELECT ${timestamp('users', 'created_at')}
            FROM users
            WHERE users.user_id = ${owner.subject}
              AND (users.erased_at IS NULL OR users.erased_at < users.created_at)
          ) AS present
        ),
        'revision', ${ownerRevision(owner)},
        'tasks', (
          SELECT json_build_object(
            'total', count(*),
            'completed', count(owned.completed_at),
            'open', count(*) - count(owned.completed_at)
          )
          FROM (
            SELECT tasks.completed_at
            FROM tasks
            WHERE tasks.user_id = ${owner.subject} AND NOT ${isRevoked(owner)}
            ORDER BY tasks.created_at, tasks.id
            LIMIT ${pageSize(Number.MAX_SAFE_INTEGER)}
          ) AS owned
        )
      ) AS user`);
  return assertLive(row).user;
}

const pageRow = standardSchema<{ tasks: Task[] }>({
  type: 'object',
  required: ['tasks'],
  properties: { tasks: { type: 'array', items: { $ref: schemaRef('Task') } } },
});

/**
 * All of the owner's tasks, the oldest first, a page at a time; no page is empty. They are those of one
 * moment only in a transaction that sees one.
 *
 * @param size how many tasks a page has at most
 */
export async function* taskPages(
  db: Database,
  owner: Principal,
  size: number,
): AsyncGenerator<readonly Task[]> {
  let last: Task | undefined;
  do {
    const after = last
      ? sql.fragment`AND (tasks.created_at, tasks.id) > (${last.created_at}::timestamptz, ${last.id}::uuid)`
      : sql.fragment``;
    const { tasks } = await db.one(sql.type(pageRow)`
      /* select_exported_tasks */
      SELECT coalesce(json_agg(page), '[]') AS tasks
      FROM (
        SELECT ${taskColumns}
        FROM tasks
        WHERE tasks.user_id = ${owner.subject} ${after}
        ORDER BY tasks.created_at, tasks.id
        LIMIT ${pageSize(size)}
      ) AS page`);
    if (tasks.length > 0) yield tasks;
    last = tasks.length === size ? tasks.at(-1) : undefined;
  } while (last);
}
