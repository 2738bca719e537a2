import { operations } from '../../generated/operations.ts';
import { contractDocument } from '../../src/contract/document.ts';
import type { OperationId } from '../../src/contract/types.ts';
import { isObject } from './json.ts';

/** The statuses that an operation documents, in ascending order. */
export function documentedStatuses(id: OperationId): readonly number[] {
  return Object.keys(operations[id].responses).map(Number);
}

/** The names of a documented answer's examples, in all of its formats. */
export function exampleNames(id: OperationId, status: number): readonly string[] {
  const formats = Object.values(member(response(id, status), 'content'));
  return [...new Set(formats.flatMap((format) => Object.keys(member(format, 'examples'))))];
}

/** A documented answer's headers, with the value that each has for its one example. */
export function exampleHeaders(id: OperationId, status: number): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(member(response(id, status), 'headers')).flatMap(([name, header]) => {
      const { example } = dereference(header);
      return typeof example === 'string' || typeof example === 'number'
        ? [[name, String(example)]]
        : [];
    }),
  );
}

type Part = Readonly<Record<string, unknown>>;

function response(id: OperationId, status: number): Part {
  const { path, method } = operations[id];
  const operation = member(member(member(contractDocument(), 'paths'), path), method);
  return member(member(operation, 'responses'), String(status));
}

/** A member of a part of the contract; an empty object when there is none. */
function member(part: unknown, name: string): Part {
  return dereference(dereference(part)[name]);
}

function dereference(part: unknown): Part {
  if (!isObject(part)) return {};
  if (typeof part.$ref !== 'string') return part;
  return part.$ref.slice(2).split('/').reduce<Part>(member, dereference(contractDocument()));
}
