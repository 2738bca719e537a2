import { error as validatorErrors } from 'express-openapi-validator';
import { jsonPointer } from './json-pointer.ts';
import { sentence, type Sentence } from './sentences.ts';
import type { InvalidField } from './types.ts';

/** The contract's bound on a parameter's name, which may come from the client. */
const NAME_LIMIT = 255;

/**
 * Translates a failure of express-openapi-validator into the invalid places it found, with one sentence
 * for each.
 *
 * @throws the failure itself when it is anything but an invalid request
 */
export function invalidFields(failure: unknown): InvalidField[] {
  if (!(failure instanceof validatorErrors.BadRequest)) throw failure;
  // A body can have thousands of unknown members, all with the same message.
  const sentences = new Map<string, Sentence>();
  const best = new Map<string, Sentence>();
  for (const { path, message } of failure.errors) {
    let said = sentences.get(message);
    if (!said) sentences.set(message, (said = sentence(message)));
    const known = best.get(path);
    if (!known || (said.isOfContract && !known.isOfContract)) best.set(path, said);
  }
  return Array.from(best, ([path, { text }]) => place(path, text));
}

/** The query parameters that the contract does not name. */
export function unknownParameters(query: object, known: readonly string[]): InvalidField[] {
  return Object.keys(query)
    .filter((name) => !known.includes(name))
    .map((name) => parameter(name, 'is not a parameter of this operation'));
}

/** The query parameters that were sent more than once. */
export function repeatedParameters(query: object): InvalidField[] {
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
export function oddNumbers(sent: object, read: object): InvalidField[] {
  const texts = new Map<string, unknown>(Object.entries(sent));
  const isOdd = (name: string, value: unknown) =>
    typeof value === 'number' &&
    texts.has(name) &&
    // Ajv holds no bounds against an infinite number.
    (!Number.isFinite(value) || !PLAIN_NUMBER.test(String(texts.get(name))));
  return Object.entries(read)
    .filter(([name, value]) => isOdd(name, value))
    .map(([name]) => parameter(name, 'must be a number in plain digits'));
}

/** What is wrong when there is no body and there must be one. */
export const missingBody: InvalidField = { pointer: '#', detail: 'is required' };

/** One error for each place, the first: one that is answered makes the others of its place pointless. */
export function firstOfEachPlace(places: readonly InvalidField[]): InvalidField[] {
  const seen = new Map<string, InvalidField>();
  for (const field of places) {
    if (!seen.has(placeOf(field))) seen.set(placeOf(field), field);
  }
  return [...seen.values()];
}

/** No two kinds of place have the same first character. */
function placeOf(field: InvalidField): string {
  if ('pointer' in field) return field.pointer;
  return 'header' in field ? `:${field.header}` : `?${field.parameter}`;
}

/** `/body/title` and its like, as the validator writes them, to a member of `errors`. */
function place(path: string, detail: string): InvalidField {
  // So the validator writes an unknown member without a name, which only the body has: others are found here.
  if (path === '') return { pointer: jsonPointer(['']), detail };
  const [, part, ...names] = path.split('/');
  if (part === 'headers') return { header: names.join('/'), detail };
  if (part === 'query' || part === 'params') return parameter(names.join('/'), detail);
  // The validator puts the name of an unknown member behind its pointer as it is, so a slash in it does
  // not show where the name begins. No body has objects in objects yet: the rest is one name.
  return { pointer: jsonPointer(names.length > 0 ? [names.join('/')] : []), detail };
}

function parameter(name: string, detail: string): InvalidField {
  return { parameter: name.slice(0, NAME_LIMIT).toWellFormed(), detail };
}
