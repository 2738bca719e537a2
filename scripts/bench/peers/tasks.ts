/** What `limit` and `fastify` have in common: the statements, and how rows become tasks. Written as one would by hand. */

/** A row of `tasks` as pg reads it. */
export interface TaskRow {
  readonly id: string;
  readonly user_id: string;
  readonly title: string;
  readonly description: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly completed_at: Date | null;
  readonly revision: string;
}

/** A row of a page: a task, or nothing but `null` where there are none, with the revision of the user at the same moment. */
export type PageRow = { readonly user_revision: string } & (
  TaskRow | { readonly [column in keyof TaskRow]: null }
);

const columns = `tasks.id, tasks.user_id, tasks.title, tasks.description,
  tasks.created_at, tasks.updated_at, tasks.completed_at, tasks.revision`;

/** A page and the user's revision in one statement, and so from one snapshot. */
function page(condition: string): string {
  return `SELECT users.revision AS user_revision, ${columns}
    FROM users LEFT JOIN LATERAL (
      SELECT * FROM tasks WHERE user_id = $1 ${condition}
      ORDER BY created_at DESC, id DESC LIMIT $2
    ) AS tasks ON true
    WHERE users.user_id = $1
    ORDER BY tasks.created_at DESC, tasks.id DESC`;
}

/** The owner is always the first value. */
export const statements = {
  get: `SELECT ${columns} FROM tasks WHERE user_id = $1 AND id = $2`,
  list: page(''),
  listAfter: page('AND (created_at, id) < ($3, $4)'),
  create: `WITH owner AS (
      INSERT INTO users (user_id, revision) VALUES ($1, 1)
      ON CONFLICT (user_id) DO UPDATE SET revision = users.revision + 1
      RETURNING user_id AS owner_id, revision AS next
    )
    INSERT INTO tasks (user_id, id, title, description, created_at, updated_at, revision)
    SELECT owner_id, $2, $3, $4, now(), now(), next FROM owner
    RETURNING ${columns}`,
  complete: `WITH target AS (
      SELECT user_id AS owner_id, id AS task_id FROM tasks WHERE user_id = $1 AND id = $2 FOR UPDATE
    ), owner AS (
      UPDATE users SET revision = revision + 1 FROM target WHERE user_id = owner_id
      RETURNING revision AS next, task_id
    )
    UPDATE tasks SET
      completed_at = CASE WHEN $3::boolean THEN coalesce(completed_at, now()) END,
      updated_at = now(), revision = next
    FROM owner WHERE user_id = $1 AND id = task_id
    RETURNING ${columns}`,
};

/** A task as the API shows it. */
export function taskOf(row: TaskRow) {
  return {
    id: row.id,
    user_id: row.user_id,
    title: row.title,
    description: row.description,
    completed: row.completed_at !== null,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
    completed_at: row.completed_at?.toISOString() ?? null,
    revision: Number(row.revision),
  };
}

/**
 * A page as the API shows it, with the user's revision.
 *
 * @param rows one more than `limit` when there is a next page
 */
export function pageOf(rows: readonly PageRow[], limit: number) {
  const items = rows
    .slice(0, limit)
    .filter((row) => row.id !== null)
    .map(taskOf);
  return {
    revision: rows[0]?.user_revision ?? '0',
    items,
    next_cursor: rows.length > limit ? cursorAfter(items.at(-1)) : null,
  };
}

/** The cursor of the page after this task, newest first. */
function cursorAfter(task: ReturnType<typeof taskOf> | undefined): string | null {
  if (!task) return null;
  const position = JSON.stringify(['-created_at', null, task.created_at, task.id]);
  return Buffer.from(position).toString('base64url');
}

/** The position that a cursor stands for: time and id. */
export function after(cursor: string | null | undefined): string[] | undefined {
  if (cursor == null) return undefined;
  const [, , time, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as string[];
  return [time ?? '', id ?? ''];
}
