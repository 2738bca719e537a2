import type { InvalidField, RequestCheck } from '../contract/types.ts';
import { decodeCursor } from '../db/cursors.ts';
import { sorts } from './queries.ts';

/** What is said of a cursor that is damaged, or belongs to another order or filter. */
export const invalidCursor: InvalidField = {
  parameter: 'cursor',
  detail: 'must come from a page with the same sort and completed',
};

/**
 * Finds a cursor that `listTasks` would refuse, in a request that has other errors, too. Where order or filter are not
 * valid themselves, a cursor of any will do.
 */
export const findInvalidCursor: RequestCheck = ({ query }) => {
  const { cursor } = query;
  if (typeof cursor !== 'string') return [];
  const isGood = candidates(sorts, query.sort).some((sort) =>
    candidates(filters, query.completed).some(
      (completed) => decodeCursor(cursor, { sort, completed }) !== undefined,
    ),
  );
  return isGood ? [] : [invalidCursor];
};

const filters = [undefined, true, false];

/** The one that was asked for, or all when that is none of them. */
function candidates<Value>(all: readonly Value[], asked: unknown): readonly Value[] {
  const found = all.filter((value) => value === asked);
  return found.length > 0 ? found : all;
}
