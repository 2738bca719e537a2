import { isObject } from './json.ts';

/**
 * The status under which Prism knows the documented 422. Prism answers any invalid request with 422 where an operation
 * documents it, although ours says 400 for those and keeps 422 for a reused key.
 */
export const HIDDEN_422 = 499;

/** A generated export of the length that the contract allows would fit into no memory. */
const HUGE = 1_000_000;
const USUAL_LENGTHS = { maxItems: 3, maxLength: 500 };

/** The generator follows either a format or a pattern, and by its format a moment has no milliseconds. */
const MOMENT =
  '^20\\d{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\\d|2[0-8])T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d\\.\\d{3}Z$';

/** Prism would send it always; the mock keeps nothing, so it never gives an answer again. */
const REPLAYED = 'Idempotency-Replayed';

/**
 * The contract as the mock gives it to Prism: each 422 that stands beside a 400 is at `HIDDEN_422`, no answer is a replay, and
 * what is generated is of a sensible length and has the form of our moments.
 *
 * @param contract the text of the bundle
 * @returns the text of the document
 */
export function documentForPrism(contract: string): string {
  return JSON.stringify(JSON.parse(contract), (key, value: unknown) => {
    if (key === REPLAYED) return undefined;
    if (key === 'responses') return withHidden422(value);
    if (isObject(value) && value.format === 'date-time')
      return { ...value, format: undefined, pattern: MOMENT };
    if (key !== 'maxItems' && key !== 'maxLength') return value;
    return typeof value === 'number' && value > HUGE ? USUAL_LENGTHS[key] : value;
  });
}

function withHidden422(responses: unknown): unknown {
  if (!isObject(responses) || !('400' in responses)) return responses;
  const { '422': hidden, ...rest } = responses;
  return hidden === undefined ? responses : { ...rest, [HIDDEN_422]: hidden };
}
