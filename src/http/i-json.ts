import { jsonPointer } from '../contract/json-pointer.ts';
import type { InvalidField } from '../contract/types.ts';

/** A string, or a character of structure. Numbers, literals and white space need no look here. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],]/g;

/** An object or array that the scan is inside of. */
interface Container {
  /** The member names seen so far; absent in an array. */
  readonly names: Set<string> | undefined;
  /** The name or index of the member that the scan is at. */
  member: string | number;
  /** Whether the next string is a member name. */
  expectsName: boolean;
}

/**
 * Finds what I-JSON (RFC 7493) forbids beyond JSON: a member name that occurs twice in one object, and a
 * surrogate without its other half. `JSON.parse` lets both through and keeps the last of two members,
 * so that a proxy and this server could read one body in two ways.
 *
 * @param text JSON that `JSON.parse` has accepted
 * @returns the first such place, or `undefined`
 */
export function findIJsonViolation(text: string): InvalidField | undefined {
  const stack: Container[] = [];
  for (const [token] of text.matchAll(TOKEN)) {
    const container = stack.at(-1);
    if (token.startsWith('"')) {
      const string = unquote(token);
      if (!string.isWellFormed()) {
        return { pointer: place(stack), detail: 'has a surrogate without its other half' };
      }
      if (container?.expectsName) {
        container.member = string;
        container.expectsName = false;
        if (container.names?.has(string)) {
          return { pointer: place(stack), detail: 'occurs more than once' };
        }
        container.names?.add(string);
      }
    } else if (token === '{') {
      stack.push({ names: new Set(), member: '', expectsName: true });
    } else if (token === '[') {
      stack.push({ names: undefined, member: 0, expectsName: false });
    } else if (token === ',') {
      if (container) nextMember(container);
    } else {
      stack.pop();
    }
  }
  return undefined;
}

function unquote(token: string): string {
  const value: unknown = JSON.parse(token);
  return String(value);
}

function nextMember(container: Container): void {
  if (typeof container.member === 'number') container.member += 1;
  else container.expectsName = true;
}

function place(stack: readonly Container[]): string {
  return jsonPointer(stack.map(({ member }) => member));
}
