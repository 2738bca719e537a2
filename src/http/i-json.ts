import { bodyPlace, type Place } from '../contract/invalid-fields.ts';
import { locate } from '../contract/json-pointer.ts';

/** A string, or a character of structure. Numbers, literals and white space need no look here. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],]/g;

/** How many places are named. A place may lie deep, so that naming it costs. */
const MAX_NAMED = 100;

/** An object or array that the scan is inside of. */
interface Container {
  /** How often each member name has been seen so far; absent in an array. */
  readonly names: Map<string, number> | undefined;
  /** The name or index of the member that the scan is at. */
  member: string | number;
  /** Whether the next string is a member name. */
  expectsName: boolean;
  /** The last member of which something was reported. */
  reported?: string | number;
}

/** What a text has that I-JSON forbids. */
export interface IJsonViolations {
  /** The first hundred, in their order. */
  readonly named: readonly Place[];
  /** How many more there are. */
  readonly unnamed: number;
  /** Whether there are more than a hundred in all. */
  readonly isThroughout: boolean;
}

/**
 * Finds what I-JSON (RFC 7493) forbids beyond JSON: a member name that occurs twice in one object, and a
 * surrogate without its other half. `JSON.parse` lets both through and keeps the last of two members,
 * so that a proxy and this server could read one body in two ways.
 *
 * @param text JSON that `JSON.parse` has accepted
 */
export function findIJsonViolations(text: string): IJsonViolations {
  const stack: Container[] = [];
  const named: Place[] = [];
  let unnamed = 0;
  let lastCut: string | undefined;
  const report = (detail: string) => {
    const container = stack.at(-1);
    if (container) {
      // Of one place the first complaint is enough.
      if (container.reported === container.member) return;
      container.reported = container.member;
    }
    const place = named.length + unnamed < MAX_NAMED ? placeOf(stack, detail) : undefined;
    // Deep places that are cut off alike are one to whom they are told; they are counted all the same.
    if (!place || (place.isDeepAndCut && place.pointer === lastCut)) unnamed += 1;
    else named.push(place.field);
    if (place?.isDeepAndCut) lastCut = place.pointer;
  };

  for (const [token] of text.matchAll(TOKEN)) {
    const container = stack.at(-1);
    if (token.startsWith('"')) {
      const string = unquote(token);
      if (container?.expectsName) {
        container.member = string;
        container.expectsName = false;
        // However often it occurs, it is one place.
        if (countName(container, string) === 2) report('occurs more than once');
      }
      if (!string.isWellFormed()) report('has a surrogate without its other half');
    } else if (token === '{') {
      stack.push({ names: new Map(), member: '', expectsName: true });
    } else if (token === '[') {
      stack.push({ names: undefined, member: 0, expectsName: false });
    } else if (token === ',') {
      if (container) nextMember(container);
    } else {
      stack.pop();
    }
  }
  return { named, unnamed, isThroughout: named.length + unnamed > MAX_NAMED };
}

function unquote(token: string): string {
  const value: unknown = JSON.parse(token);
  return String(value);
}

function countName({ names }: Container, name: string): number {
  const count = (names?.get(name) ?? 0) + 1;
  names?.set(name, count);
  return count;
}

function nextMember(container: Container): void {
  if (typeof container.member === 'number') container.member += 1;
  else container.expectsName = true;
}

function placeOf(stack: readonly Container[], detail: string) {
  if (stack.length < 2)
    return { field: bodyPlace([...members(stack)], detail), isDeepAndCut: false };
  const { pointer, isCut } = locate(members(stack));
  return { field: { pointer, detail }, isDeepAndCut: isCut, pointer };
}

/** One by one: a pointer is cut off, and the stack may be deep. */
function* members(stack: readonly Container[]): Generator<string | number> {
  for (const { member } of stack) yield member;
}
