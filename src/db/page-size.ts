import { sql } from 'slonik';

/**
 * The number of rows for `LIMIT`, in a form that the planner does not look into. When it expects fewer rows than the limit,
 * it would rather read all that there are and sort them than follow the index that has them in order. What it expects comes
 * from statistics, which know nothing of a user who has just added a hundred thousand tasks: all would be sorted for each
 * page. A limit that is not known counts as a tenth of the rows, and then the index in order is always the cheapest.
 */
export function pageSize(rows: number | string) {
  return sql.fragment`(SELECT ${rows}::bigint)`;
}
