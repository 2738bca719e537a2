import fc, { type Arbitrary } from 'fast-check';
import { dereference, violations } from '../support/contract.ts';

// Arbitraries of the values that a schema of the contract allows, and of those that it does not. There is no maintained
// library for it. What a request can consist of needs few keywords; one that is not known here is an error, so that a
// schema which says more than it did cannot be fuzzed by half.

/** Keywords that allow and forbid nothing. */
const ANNOTATIONS = /^(?:description|title|examples|default|x-.*)$/;

const KNOWN: Readonly<Record<string, readonly string[]>> = {
  boolean: [],
  null: [],
  integer: ['minimum', 'maximum'],
  string: ['minLength', 'maxLength', 'pattern', 'format'],
  object: ['properties', 'required', 'additionalProperties', 'minProperties'],
};

interface Bounds {
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Whether the contract's schema allows the value. */
export function allows(schema: object, value: unknown): boolean {
  return violations(schema, value).length === 0;
}

/**
 * Values that the schema allows, by Ajv's judgement too: the smallest and the largest, the examples, and everything
 * between.
 *
 * @throws Error for a keyword or type that is not known here
 */
export function valid(reference: object): Arbitrary<any> {
  const schema = dereference(reference);
  assertKnown(schema);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const usual = fc.oneof(...typesOf(schema).map((type) => ofType(type, schema)));
  const special = [...(schema.examples ?? []), ...extremes(schema)].filter((value) =>
    allows(schema, value),
  );
  const all =
    special.length === 0
      ? usual
      : fc.oneof(
          { arbitrary: usual, weight: 4 },
          { arbitrary: fc.constantFrom(...special), weight: 1 },
        );
  return all.filter((value) => allows(schema, value));
}

/** Values that the schema does not allow, of its own type and of others, often by one detail. */
export function invalid(reference: object): Arbitrary<any> {
  const schema = dereference(reference);
  assertKnown(schema);
  const candidates: Arbitrary<unknown>[] = [fc.jsonValue(), fc.constantFrom(...beyond(schema))];
  if (typesOf(schema).includes('object')) candidates.push(...nearlyObjects(schema));
  return fc.oneof(...candidates).filter((value) => !allows(schema, value));
}

function typesOf(schema: any): string[] {
  return [schema.type].flat();
}

function assertKnown(schema: any): void {
  const types = typesOf(schema);
  const known = [
    'type',
    'enum',
    ...types.flatMap((type) => {
      if (KNOWN[type] === undefined) throw new Error(`The fuzzer knows no type ${type}.`);
      return KNOWN[type];
    }),
  ];
  for (const keyword of Object.keys(schema)) {
    if (known.includes(keyword) || ANNOTATIONS.test(keyword)) continue;
    throw new Error(`The fuzzer does not know the keyword ${keyword}: ${JSON.stringify(schema)}`);
  }
}

function ofType(type: string, schema: any): Arbitrary<unknown> {
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: schema.minimum, max: schema.maximum });
    case 'string':
      return text(schema);
    default:
      return object(schema);
  }
}

function text({ pattern, minLength, maxLength }: any): Arbitrary<string> {
  if (pattern === undefined) return fc.string({ unit: 'binary', minLength, maxLength });
  // JSON Schema's patterns are Unicode patterns; bodies are I-JSON, which has no lone surrogates.
  return fc.stringMatching(new RegExp(pattern, 'u')).filter((value) => value.isWellFormed());
}

function object({ properties, required = [] }: any): Arbitrary<object> {
  const members = Object.entries<object>(properties).map(([name, schema]) => [name, valid(schema)]);
  return fc.record(Object.fromEntries(members), { requiredKeys: required });
}

/** The shortest and the longest text, the smallest and the largest number: where off-by-one errors are. */
function extremes({ minLength, maxLength, minimum, maximum }: any): unknown[] {
  const lengths = [minLength, maxLength].filter((length) => length !== undefined);
  const texts = lengths.flatMap((length) =>
    ['x', '\u{1F389}', '\u00e9'].map((unit) => unit.repeat(length)),
  );
  return [...texts, ...[minimum, maximum].filter((bound) => bound !== undefined)];
}

/** Just beyond the bounds, and of other types. */
function beyond({ minLength, maxLength, minimum, maximum }: Bounds): unknown[] {
  return [
    null,
    true,
    'true',
    '',
    ' ',
    'x\u0000',
    [],
    {},
    0,
    0.5,
    '1',
    ...(minLength ? ['x'.repeat(minLength - 1)] : []),
    ...(maxLength === undefined
      ? []
      : ['x'.repeat(maxLength + 1), '\u{1F389}'.repeat(maxLength + 1)]),
    ...(minimum === undefined ? [] : [minimum - 1]),
    ...(maximum === undefined ? [] : [maximum + 1]),
  ];
}

/** Objects with one member too few, one too many, or a wrong one. */
function nearlyObjects(schema: any): Arbitrary<unknown>[] {
  const whole = fc.record(
    Object.fromEntries(
      Object.entries<object>(schema.properties).map(([name, one]) => [name, valid(one)]),
    ),
  );
  const spoiled = Object.entries<object>(schema.properties).map(([name, one]) =>
    fc.tuple(whole, invalid(one)).map(([value, wrong]) => ({ ...value, [name]: wrong })),
  );
  const lacking = (schema.required ?? []).map((name: string) =>
    whole.map((value) => {
      const rest = { ...value };
      Reflect.deleteProperty(rest, name);
      return rest;
    }),
  );
  const stuffed = fc
    .tuple(whole, fc.string({ unit: 'grapheme', maxLength: 10 }), fc.jsonValue())
    .map(([value, name, extra]) => ({ [name]: extra, ...value }));
  return [...spoiled, ...lacking, stuffed];
}
