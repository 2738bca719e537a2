import type { Task } from '../support/scenarios.ts';

/** The orders that the API offers. */
export const SORTS = [
  '-created_at',
  'created_at',
  '-updated_at',
  'updated_at',
  'title',
  '-title',
] as const;

/** One of the orders that the API offers. */
export type Sort = (typeof SORTS)[number];

/** Compares texts code point by code point, which for astral characters is not what `<` does. */
function byCodePoint(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => Array.from(text, (char) => char.codePointAt(0)!));
  for (const [index, point] of left!.entries()) {
    const other = right![index];
    if (other === undefined) return 1;
    if (point !== other) return point - other;
  }
  return left!.length - right!.length;
}

/** The tasks in an order, by the words of the contract: equal values by id, in the same direction. */
export function inOrder<T extends Task>(tasks: readonly T[], sort: Sort): T[] {
  const key = sort.replace('-', '') as 'created_at' | 'updated_at' | 'title';
  const ascending = tasks.toSorted(
    (a, b) => byCodePoint(a[key], b[key]) || byCodePoint(a.id, b.id),
  );
  return sort.startsWith('-') ? ascending.reverse() : ascending;
}
