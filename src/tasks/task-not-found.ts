import { problem } from '../contract/problems.ts';

/** The same answer whether the task never existed, is gone, or belongs to somebody else. */
export function taskNotFound() {
  return problem('task_not_found', 'You have no task with this id.');
}
