import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findIJsonViolations } from '../../src/http/i-json.ts';

const HALF = String.raw`\ud83c`;
const OTHER_HALF = String.raw`\udf89`;
const TWICE = 'occurs more than once';
const NOTHING = { named: [], unnamed: 0, isThroughout: false };
const ALONE = 'has a surrogate without its other half';

describe('findIJsonViolations', () => {
  test.each([
    '{}',
    '[]',
    'null',
    '1',
    '""',
    '{"a":1,"b":1}',
    '{"a":{"a":{"a":1}},"b":{"a":1}}',
    '[{"a":1},{"a":1}]',
    '{"a":"a","b":"b"}',
    '["a","a",["a","a"]]',
    '{"a":"b","b":"a"}',
    '{"a":",\\"a\\":"}',
    '{"a":"}","b":"]"}',
    '{"a":[],"b":{},"c":[[],{}]}',
    String.raw`{"a\\":1,"a":1}`,
    `{"${HALF}${OTHER_HALF}":"${HALF}${OTHER_HALF}"}`,
    '{"a":"🎉"}',
    String.raw`{"a":"\\ud83c"}`,
  ])('finds nothing in %s', (text) => {
    JSON.parse(text);
    expect(findIJsonViolations(text)).toStrictEqual(NOTHING);
  });

  test.each([
    ['{"a":1,"a":1}', '#/a', TWICE],
    ['{"a":1,"b":2,"a":3}', '#/a', TWICE],
    [String.raw`{"a":1,"\u0061":1}`, '#/a', TWICE],
    ['{"":1,"":1}', '#/', TWICE],
    ['{"__proto__":1,"__proto__":1}', '#/__proto__', TWICE],
    ['{ "a" : { "b" : 1 , "b" : 2 } }', '#/a/b', TWICE],
    ['{"a":[0,{"b":1},{"c":1,"c":2}]}', '#/a/2/c', TWICE],
    ['{"a":{"x":[1,2,{"y":[]}]},"a":1}', '#/a', TWICE],
    [`"${HALF}"`, '#', ALONE],
    [`{"a":"${HALF}"}`, '#/a', ALONE],
    [`{"a":"${OTHER_HALF}${HALF}"}`, '#/a', ALONE],
    [`{"a":["x","${OTHER_HALF}"]}`, '#/a/1', ALONE],
    [`[[],["${HALF}"]]`, '#/1/0', ALONE],
  ])('finds in %s the place %s', (text, pointer, detail) => {
    JSON.parse(text);
    const found = { named: [{ pointer, detail }], unnamed: 0, isThroughout: false };
    expect(findIJsonViolations(text)).toStrictEqual(found);
  });

  test('finds a lone surrogate in a member name', () => {
    expect(findIJsonViolations(`{"${HALF}":1}`)).toMatchObject({ named: [{ detail: ALONE }] });
  });

  test('finds all of them, a name that occurs thrice but once, each place in its order', () => {
    const text = `{"a":1,"b":{"c":1,"c":2},"a":2,"d":["${HALF}"],"a":3,"${HALF}":"${OTHER_HALF}"}`;
    const { named } = findIJsonViolations(text);
    expect(named.map(({ detail, ...place }) => [...Object.values(place), detail])).toStrictEqual([
      ['#/b/c', TWICE],
      ['#/a', TWICE],
      ['#/d/0', ALONE],
      ['#/%EF%BF%BD', ALONE],
    ]);
  });

  test('takes a deep place with two complaints for one, however long its name is', () => {
    const name = 'z'.repeat(90);
    const { named, unnamed } = findIJsonViolations(`{"a":{"${name}":1,"${name}":"${HALF}"}}`);
    expect([named.length, unnamed]).toStrictEqual([1, 0]);
  });

  test('names a hundred, and counts the others', () => {
    const names = Array.from({ length: 130 }, (_, index) => `"${index}":0,"${index}":0`);
    const { named, unnamed, isThroughout } = findIJsonViolations(`{${names.join()}}`);
    expect([named.length, unnamed, isThroughout]).toStrictEqual([100, 30, true]);
    expect(named.at(-1)).toStrictEqual({ pointer: '#/99', detail: TWICE });
  });

  test('agrees with an oracle that sees every member, on any JSON', () => {
    fc.assert(
      fc.property(node, fc.constantFrom(undefined, 1, '\t'), (tree, indent) => {
        const text = write(tree, indent === undefined ? '' : ' ');
        JSON.parse(text);
        expect(findIJsonViolations(text).named.length > 0).toBe(isViolation(tree));
      }),
      { numRuns: 500 },
    );
  });

  test('takes time in proportion to the text, and no stack', () => {
    const deep = '['.repeat(60_000) + ']'.repeat(60_000);
    expect(findIJsonViolations(deep)).toStrictEqual(NOTHING);
    const many = `{${Array.from({ length: 20_000 }, (_, i) => `"${i}":0`).join()}}`;
    expect(findIJsonViolations(many)).toStrictEqual(NOTHING);
    const escapes = `"${'\\\\'.repeat(60_000)}"`;
    expect(findIJsonViolations(escapes)).toStrictEqual(NOTHING);
  });
});

/** JSON as pairs, so that it can name a member twice, as an object cannot. */
type Node =
  | { readonly kind: 'leaf'; readonly value: string | number | boolean | null }
  | { readonly kind: 'array'; readonly items: readonly Node[] }
  | { readonly kind: 'object'; readonly members: readonly (readonly [string, Node])[] };

const text = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom('a', 'b', '', '"', '\\', ',', '{"a":', '🎉', '__proto__'),
  },
  { weight: 1, arbitrary: fc.constantFrom('\ud83c', 'x\udf89') },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 5 }) },
);

const { node } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.record({
      kind: fc.constant('leaf' as const),
      value: fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null)),
    }),
    fc.record({
      kind: fc.constant('array' as const),
      items: fc.array(tie('node'), { maxLength: 4 }),
    }),
    fc.record({
      kind: fc.constant('object' as const),
      members: fc.array(fc.tuple(text, tie('node')), { maxLength: 4 }),
    }),
  ),
}));

function write(tree: Node, space: string): string {
  switch (tree.kind) {
    case 'leaf':
      return JSON.stringify(tree.value);
    case 'array':
      return `[${tree.items.map((item) => space + write(item, space)).join(`${space},`)}]`;
    case 'object':
      return `{${tree.members
        .map(([name, value]) => `${space}${JSON.stringify(name)}${space}:${write(value, space)}`)
        .join(',')}${space}}`;
  }
}

function isViolation(tree: Node): boolean {
  switch (tree.kind) {
    case 'leaf':
      return typeof tree.value === 'string' && !tree.value.isWellFormed();
    case 'array':
      return tree.items.some(isViolation);
    case 'object': {
      const names = tree.members.map(([name]) => name);
      return (
        new Set(names).size < names.length ||
        names.some((name) => !name.isWellFormed()) ||
        tree.members.some(([, value]) => isViolation(value))
      );
    }
  }
}
