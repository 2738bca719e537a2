import { sql } from 'slonik';
import type { Schema } from '../contract/types.ts';
import { timestamp } from './timestamp.ts';

/** A task as the contract has it. */
export type Task = Schema<'Task'>;

/** Every property of a task, by how it is selected. */
const columns = {
  id: sql.fragment`tasks.id`,
  user_id: sql.fragment`tasks.user_id`,
  title: sql.fragment`tasks.title`,
  description: sql.fragment`tasks.description`,
  completed: sql.fragment`tasks.completed_at IS NOT NULL AS completed`,
  created_at: timestamp('tasks', 'created_at'),
  updated_at: timestamp('tasks', 'updated_at'),
  completed_at: timestamp('tasks', 'completed_at'),
  revision: sql.fragment`tasks.revision`,
} satisfies Record<keyof Task, object>;

/** What is selected of a row of `tasks` to make it a task of the contract: one fragment, put together once. */
export const taskColumns = sql.fragment`${sql.join(Object.values(columns), sql.fragment`, `)}`;
