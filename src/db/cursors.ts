import { contractSchema } from '../contract/schemas.ts';
import type { Schema } from '../contract/types.ts';

/** The place in a sorted list after which the next page starts. */
export interface Position {
  /** The value of the sort column: a title or a timestamp. */
  readonly key: string;
  /** The id that breaks ties. */
  readonly id: string;
}

/** What a list was asked for. A cursor is good for the same order and filter only. */
export interface ListScope {
  readonly sort: Schema<'Sort'>;
  readonly completed: boolean | undefined;
}

/** Makes the opaque text that stands for a position: base64url without padding. */
export function encodeCursor({ sort, completed }: ListScope, { key, id }: Position): string {
  return Buffer.from(JSON.stringify([sort, completed ?? null, key, id])).toString('base64url');
}

/**
 * Reads a cursor. It is not signed, because there is nothing to gain by forging one: it chooses a place
 * in a list that the statement confines to its owner. But it must be one that `encodeCursor` could have made.
 *
 * @returns `undefined` when it is none, or belongs to another order or filter
 */
export function decodeCursor(cursor: string, scope: ListScope): Position | undefined {
  const parts = parse(Buffer.from(cursor, 'base64url').toString());
  if (!Array.isArray(parts)) return undefined;
  const values: unknown[] = parts;
  const [, , key, id] = values;
  const isKey = scope.sort.endsWith('title') ? isTitle : isTimestamp;
  if (!isKey(key) || !key.isWellFormed() || !isTaskId(id)) return undefined;
  const position = { key, id };
  // Whatever else differs, order, filter or a spelling of our own output, shows in the text.
  return encodeCursor(scope, position) === cursor ? position : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Not a cursor of ours; the caller says so.
  }
}

const isTitle = guard('Title');
const isTimestamp = guard('Timestamp');
const isTaskId = guard('TaskId');

function guard(name: 'Title' | 'Timestamp' | 'TaskId'): (value: unknown) => value is string {
  const schema = contractSchema(name);
  return (value): value is string => {
    const result = schema['~standard'].validate(value);
    return !(result instanceof Promise) && !result.issues;
  };
}
