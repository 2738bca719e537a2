import { error as validatorErrors } from 'express-openapi-validator';
import { jsonPointer, locate } from './json-pointer.ts';
import { sentence, type Sentence } from './sentences.ts';
import type { InvalidField } from './types.ts';

/** The contract's bound on a parameter's name, which may come from the client. */
const NAME_LIMIT = 255;

/** What a place is told from others by, where its name is cut off. A symbol, because JSON has none: it is never sent. */
const whole = Symbol('the whole name of a place');

/** An invalid place, and what it is called in full where that is more than is answered. */
export type Place = InvalidField & { readonly [whole]?: string };

/**
 * Translates a failure of express-openapi-validator into the invalid places it found, with one sentence
 * for each.
 *
 * @throws the failure itself when it is anything but an invalid request
 */
export function invalidFields(failure: unknown): Place[] {
  if (!(failure instanceof validatorErrors.BadRequest)) throw failure;
  // A body can have thousands of unknown members, all with the same message.
  const sentences = new Map<string, Sentence>();
  const best = new Map<string, Sentence>();
  // Members that nobody knows last: of many errors only the first are told.
  const errors = failure.errors.toSorted((a, b) => Number(isUnknown(a)) - Number(isUnknown(b)));
  for (const { path, message } of errors) {
    let said = sentences.get(message);
    if (!said) sentences.set(message, (said = sentence(message)));
    const known = best.get(path);
    if (!known || (said.isOfContract && !known.isOfContract)) best.set(path, said);
  }
  return Array.from(best, ([path, { text }]) => place(path, text));
}

function isUnknown({ errorCode }: { errorCode?: string }): boolean {
  return errorCode?.startsWith('additionalProperties.') ?? false;
}

/** The query parameters that the contract does not name. */
export function unknownParameters(query: object, known: readonly string[]): Place[] {
  return Object.keys(query)
    .filter((name) => !known.includes(name))
    .map((name) => parameter(name, 'is not a parameter of this operation'));
}

/** The query parameters that were sent more than once. */
export function repeatedParameters(query: object): Place[] {
  return Object.entries(query)
    .filter(([, value]) => Array.isArray(value))
    .map(([name]) => parameter(name, 'must occur only once'));
}

/** A number without an exponent, as JSON writes it. */
const PLAIN_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

/**
 * The numbers that were not written as JSON writes them. The validator reads text as JavaScript does,
 * by which `0x10`, `1e1`, ` 16` and `Infinity` are numbers, too.
 *
 * @param sent the query as it was sent
 * @param read the query with numbers in it
 */
export function oddNumbers(sent: Readonly<Record<string, unknown>>, read: object): Place[] {
  const isOdd = (name: string, value: unknown) =>
    typeof value === 'number' &&
    Object.hasOwn(sent, name) &&
    // Ajv holds no bounds against an infinite number.
    (!Number.isFinite(value) || !PLAIN_NUMBER.test(String(sent[name])));
  return Object.entries(read)
    .filter(([name, value]) => isOdd(name, value))
    .map(([name]) => parameter(name, 'must be a number in plain digits'));
}

/** What is wrong when there is no body and there must be one. */
export const missingBody: InvalidField = { pointer: '#', detail: 'is required' };

/** One error for each place, the first: one that is answered makes the others of its place pointless. */
export function firstOfEachPlace(places: readonly Place[]): Map<string, Place> {
  const seen = new Map<string, Place>();
  for (const field of places) {
    const name = placeOf(field);
    if (!seen.has(name)) seen.set(name, field);
  }
  return seen;
}

/** What tells a place from all others, before it is cut off. No two kinds of place have the same first character. */
function placeOf(field: Place): string {
  if ('pointer' in field) return field[whole] ?? field.pointer;
  return 'header' in field ? `:${field.header}` : `?${field[whole] ?? field.parameter}`;
}

/** What `firstOfEachPlace` knows a member at the top of the body by. */
export function memberPlace(name: string): string {
  return placeOf(bodyPlace([name], ''));
}

/**
 * A place at the top of the body, or the body itself.
 *
 * @param names the name of the member, if it is one
 */
export function bodyPlace(names: readonly (string | number)[], detail: string): Place {
  const { pointer, isCut } = locate(names);
  return isCut ? { pointer, detail, [whole]: `=${names.join('/')}` } : { pointer, detail };
}

/** `/body/title` and its like, as the validator writes them, to a member of `errors`. */
function place(path: string, detail: string): Place {
  // So the validator writes an unknown member without a name, which only the body has: others are found here.
  if (path === '') return { pointer: jsonPointer(['']), detail };
  const [, part, ...names] = path.split('/');
  if (part === 'headers') return { header: names.join('/'), detail };
  if (part === 'query' || part === 'params') return parameter(names.join('/'), detail);
  // The validator puts the name of an unknown member behind its pointer as it is, so a slash in it does
  // not show where the name begins. No body has objects in objects yet: the rest is one name.
  return bodyPlace(names.length > 0 ? [names.join('/')] : [], detail);
}

function parameter(name: string, detail: string): Place {
  const cut = name.slice(0, NAME_LIMIT).toWellFormed();
  return cut === name ? { parameter: name, detail } : { parameter: cut, detail, [whole]: name };
}
