import { problem } from '../contract/problems.ts';
import { entityTag } from '../http/conditional.ts';

/** The same answer whether the task never existed, is gone, or belongs to somebody else. */
export function taskNotFound() {
  return problem('task_not_found', 'You have no task with this id.');
}

/**
 * The answer to a write whose precondition does not hold.
 *
 * @param current the revision that the task is at
 */
export function taskChanged(current: number) {
  const detail = 'The task has changed since. Read it again before you change it.';
  return { ...problem('precondition_failed', detail), headers: { ETag: entityTag(current) } };
}
