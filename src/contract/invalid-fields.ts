import { error as validatorErrors } from 'express-openapi-validator';
import { jsonPointer } from './json-pointer.ts';
import type { InvalidField } from './types.ts';

/** The contract's bound on a parameter's name, which may come from the client. */
const NAME_LIMIT = 255;

/**
 * Translates a failure of express-openapi-validator into the invalid places it found.
 *
 * @throws the failure itself when it is anything but an invalid request
 */
export function invalidFields(failure: unknown): InvalidField[] {
  if (!(failure instanceof validatorErrors.BadRequest)) throw failure;
  return failure.errors.map(({ path, message }) => place(path, sentence(message)));
}

/** The query parameters that the contract does not name. */
export function unknownParameters(query: object, known: readonly string[]): InvalidField[] {
  return Object.keys(query)
    .filter((name) => !known.includes(name))
    .map((name) => parameter(name, 'is not a parameter of this operation'));
}

/**
 * The numbers that were not written as JSON writes them. The validator reads text as JavaScript does,
 * by which `0x10`, `1e1` and ` 16` are numbers, too.
 *
 * @param sent the query as it was sent
 * @param read the query with numbers in it
 */
export function oddNumbers(sent: object, read: object): InvalidField[] {
  const texts = new Map<string, unknown>(Object.entries(sent));
  return Object.entries(read)
    .filter(
      ([name, value]) =>
        typeof value === 'number' && String(value) !== texts.get(name) && texts.has(name),
    )
    .map(([name]) => parameter(name, 'must be a number in plain digits'));
}

/** What is wrong when there is no body and there must be one. */
export const missingBody: InvalidField = { pointer: '#', detail: 'is required' };

/** One error for each place, the first: one that is answered makes the others of its place pointless. */
export function firstOfEachPlace(places: readonly InvalidField[]): InvalidField[] {
  const seen = new Map<string, InvalidField>();
  for (const field of places) {
    const { detail, ...where } = field;
    const key = JSON.stringify(where);
    if (!seen.has(key)) seen.set(key, field);
  }
  return [...seen.values()];
}

/** `/body/title` and its like, as the validator writes them, to a member of `errors`. */
function place(path: string, detail: string): InvalidField {
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

function sentence(message: string): string {
  return message.replace('must NOT', 'must not');
}
