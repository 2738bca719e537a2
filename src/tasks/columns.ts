import { sql } from 'slonik';
import type { Schema } from '../contract/types.ts';

/** A task as the contract has it. */
export type Task = Schema<'Task'>;

/** Every property of a task by the expression for it. Timestamps are text from here on: nothing rounds or shifts them. */
const columns = {
  id: sql.fragment`tasks.id`,
  user_id: sql.fragment`tasks.user_id`,
  title: sql.fragment`tasks.title`,
  description: sql.fragment`tasks.description`,
  completed: sql.fragment`tasks.completed_at IS NOT NULL`,
  created_at: timestamp('created_at'),
  updated_at: timestamp('updated_at'),
  completed_at: timestamp('completed_at'),
  revision: sql.fragment`tasks.revision`,
} satisfies Record<keyof Task, object>;

function timestamp(column: string) {
  const value = sql.identifier(['tasks', column]);
  return sql.fragment`to_char(${value} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

/** What is selected of a row of `tasks` to make it a task of the contract. */
export const taskColumns = sql.join(
  Object.entries(columns).map(
    ([name, expression]) => sql.fragment`${expression} AS ${sql.identifier([name])}`,
  ),
  sql.fragment`, `,
);
