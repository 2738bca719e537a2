import type { Handlers, OperationId, RequestCheck } from './contract/types.ts';
import { getHealth } from './health/get-health.ts';
import { getLiveness } from './health/get-liveness.ts';
import { getReadiness } from './health/get-readiness.ts';
import type { HealthDeps } from './health/probe-database.ts';
import { createTask } from './tasks/create-task.ts';
import { deleteTask } from './tasks/delete-task.ts';
import { getTask } from './tasks/get-task.ts';
import { findInvalidCursor } from './tasks/list-cursor.ts';
import { listTasks } from './tasks/list-tasks.ts';
import type { TasksDeps } from './tasks/queries.ts';
import { replaceTask } from './tasks/replace-task.ts';
import { setTaskCompletion } from './tasks/set-task-completion.ts';
import { updateTask } from './tasks/update-task.ts';
import { deleteUser } from './users/delete-user.ts';
import { exportUser, type ExportDeps } from './users/export-user.ts';
import { getUser } from './users/get-user.ts';

/** What handlers are given beside the request. */
export type HandlerDeps = TasksDeps & ExportDeps & HealthDeps;

/** The implementation of every operation of the contract; a missing one does not compile. */
export const handlers = {
  getUser,
  deleteUser,
  exportUser,
  listTasks,
  createTask,
  getTask,
  replaceTask,
  updateTask,
  deleteTask,
  setTaskCompletion,
  getHealth,
  getLiveness,
  getReadiness,
} satisfies Handlers<HandlerDeps>;

/** What handlers refuse of a request beyond its schema, so that all its errors are reported together. */
export const checks: Readonly<Partial<Record<OperationId, RequestCheck>>> = {
  listTasks: findInvalidCursor,
};
