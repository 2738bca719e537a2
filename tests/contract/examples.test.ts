import { describe, expect, test } from '@jest/globals';
import { problems } from '../../src/contract/problems.ts';
import { contract, dereference, operations, violations } from '../support/contract.ts';

/** Codes of requests that reach no operation; the document's description names them instead. */
const OUTSIDE_OPERATIONS = [
  'header_fields_too_large',
  'malformed_request',
  'malformed_url',
  'method_not_allowed',
  'request_timeout',
  'route_not_found',
];

/** An example with the schema that it stands beside. */
interface Example {
  readonly where: string;
  readonly schema: object;
  readonly value: unknown;
}

/** Every example of the document: of bodies, parameters, headers and schemas. */
const examples: readonly Example[] = [...walk(contract, '#')];

function* walk(part: any, where: string): Generator<Example> {
  if (part === null || typeof part !== 'object') return;
  if (part.schema) {
    if (part.example !== undefined) yield { where, schema: part.schema, value: part.example };
    for (const [name, example] of Object.entries(part.examples ?? {})) {
      const { value } = dereference(example);
      yield { where: `${where}/${name}`, schema: part.schema, value };
    }
  } else if (Array.isArray(part.examples)) {
    for (const value of part.examples) yield { where, schema: part, value };
  }
  for (const [name, child] of Object.entries(part)) yield* walk(child, `${where}/${name}`);
}

const bodies = examples.filter(({ where }) => where.includes('/content/'));
const lines = bodies.filter(({ where }) => where.includes('/content/application/x-ndjson/'));
const objects = bodies.filter(({ value }) => typeof value === 'object') as (Example & {
  readonly value: Record<string, unknown>;
})[];

describe('the examples', () => {
  test('are as many as a contract of this size has', () => {
    expect(bodies.length).toBeGreaterThan(30);
    expect(examples.length).toBeGreaterThan(70);
    // Everything is JSON, but for the lines of NDJSON, which stand in the document as text.
    expect(lines.map(({ value }) => typeof value)).toStrictEqual(['string', 'string']);
    expect(objects).toHaveLength(bodies.length - lines.length);
  });

  test.each(lines.map(({ where, value }) => [where, value] as const))(
    'in NDJSON are a user and then tasks, an object a line: %s',
    (_where, value) => {
      const [first, ...rest] = String(value).split('\n');
      const { User, Task } = contract.components.schemas;
      expect(violations(User, JSON.parse(first!))).toStrictEqual([]);
      // The last line ends, too.
      expect(rest.pop()).toBe('');
      for (const line of rest) expect(violations(Task, JSON.parse(line))).toStrictEqual([]);
      expect(JSON.parse(first!).tasks.total).toBe(rest.length);
    },
  );

  test.each(examples.map(({ where, ...example }) => [where, example] as const))(
    'satisfy their schema: %s',
    (_where, { schema, value }) => {
      expect(violations(schema, value)).toStrictEqual([]);
    },
  );

  test.each(objects.map(({ where, ...example }) => [where, example] as const))(
    'violate it with a member too many: %s',
    (_where, { schema, value }) => {
      expect(violations(schema, { ...value, unheard_of: 1 })).not.toStrictEqual([]);
    },
  );

  test.each(objects.map(({ where, ...example }) => [where, example] as const))(
    'violate it with the wrong type in any member: %s',
    (_where, { schema, value }) => {
      for (const name of Object.keys(value)) {
        expect(violations(schema, { ...value, [name]: { unheard_of: 1 } })).not.toStrictEqual([]);
      }
    },
  );

  const answers = objects.filter(({ where }) => where.includes('/responses/'));
  test.each(answers.map(({ where, ...example }) => [where, example] as const))(
    'violate it without any one of the members that are always there: %s',
    (_where, { schema, value }) => {
      for (const name of Object.keys(value).filter((key) => key !== 'errors')) {
        const rest = { ...value };
        Reflect.deleteProperty(rest, name);
        expect(violations(schema, rest)).not.toStrictEqual([]);
      }
    },
  );
});

const ID = '019bc0fd-89c0-7c3e-9f41-6f0c2d8e5a17';

/** Values at and beyond the bounds, by schema. The good ones show that the bad are refused for their own reason. */
const bounds: readonly (readonly [string, readonly unknown[], readonly unknown[]])[] = [
  [
    'UserId',
    ['a', 'auth0|7', 'é 🎉', 'x'.repeat(255), '🎉'.repeat(255)],
    ['', 'x'.repeat(256), 'a\u0000', 'a\n', '\u007f', 7],
  ],
  [
    'TaskId',
    [ID, ID.toUpperCase()],
    [`urn:uuid:${ID}`, ID.slice(1), `${ID}0`, ID.replaceAll('-', ''), 'x'],
  ],
  [
    'Title',
    ['a', ' a ', '\n.\n', '🎉'.repeat(255), '\u200b'],
    ['', ' ', '\t\r\n', '\u00a0\u2003\u3000\ufeff', 'a\u0000', '🎉'.repeat(256), null],
  ],
  ['Description', [null, '', ' ', '🎉'.repeat(10_000)], ['x'.repeat(10_001), '\u0000', 7]],
  ['Sort', ['title', '-title'], ['', '+title', 'Title', 'title,id', '-revision']],
  ['Cursor', ['A', 'x'.repeat(2400)], ['', 'a=', 'a b', 'a+b', 'a/b', 'x'.repeat(2401)]],
  ['Revision', [1, Number.MAX_SAFE_INTEGER], [0, -1, 1.5, 2 ** 53, '1']],
  [
    'Timestamp',
    ['2026-01-15T09:30:00.000Z'],
    [
      '2026-01-15T09:30:00Z',
      '2026-01-15T09:30:00.000+00:00',
      '2025-19-39T10:00:00.000Z',
      '2026-01-15 09:30:00.000Z',
    ],
  ],
  [
    'IdempotencyKey',
    ['a', '!', 'a"b', '\\', '"a"', '"\\""', '"\\\\"', '~'.repeat(255), `"${'~'.repeat(255)}"`],
    [
      '',
      ' ',
      'a b',
      '""',
      '"',
      '"a',
      '"a"b',
      '"\\a"',
      'é',
      '\u007f',
      '~'.repeat(256),
      `"${'~'.repeat(256)}"`,
    ],
  ],
  [
    'EntityTags',
    ['*', '"1"', 'W/"1"', '""', '"1", "2"', ' "1" ,\tW/"2"', ',"1",,', '"a,b"', '"\u00ff"'],
    [
      '',
      '1',
      '"1',
      'w/"1"',
      '"1" "2"',
      '*, "1"',
      '**',
      '"a b"',
      '"\u0100"',
      `"${'1'.repeat(1023)}"`,
    ],
  ],
  ['RequestId', ['a', 'x'.repeat(128)], ['', 'x'.repeat(129), 'a b', 'é']],
  [
    'UpdateTask',
    [{ title: 'a' }, { description: null }, { completed: false }],
    [{}, { title: null }, { completed: null }, { id: ID }, [], null],
  ],
  [
    'ReplaceTask',
    [{ title: 'a', description: null, completed: true }],
    [
      { title: 'a', completed: true },
      { title: 'a', description: null },
      { description: null, completed: true },
    ],
  ],
  [
    'CreateTask',
    [{ title: 'a' }],
    [
      {},
      { title: 'a', id: ID },
      { title: 'a', completed: 'true' },
      { title: 'a', completed: null },
    ],
  ],
  ['SetTaskCompletion', [{ completed: true }], [{}, { completed: 1 }, { completed: null }, true]],
  [
    'InvalidField',
    [
      { pointer: '#', detail: 'no' },
      { header: 'if-none-match', detail: 'no' },
    ],
    [
      { detail: 'no' },
      { pointer: '#' },
      { pointer: '#', header: 'if-none-match', detail: 'no' },
      { pointer: '/title', detail: 'no' },
    ],
  ],
];

describe.each(bounds)('the schema %s', (name, good, bad) => {
  const schema = contract.components.schemas[name];

  test.each(good)('accepts %j', (value) => {
    expect(violations(schema, value)).toStrictEqual([]);
  });

  test.each(bad)('refuses %j', (value) => {
    expect(violations(schema, value)).not.toStrictEqual([]);
  });
});

/** Each problem example with the status of the response that it stands in, of every operation. */
const problemExamples = operations.flatMap(({ id, responses }) =>
  Object.entries<any>(responses).flatMap(([status, response]) => {
    const content = dereference(response).content?.['application/problem+json'];
    return Object.entries(content?.examples ?? {}).map(([name, example]) => ({
      where: `${id} ${status} ${name}`,
      status: Number(status),
      schema: content.schema,
      value: dereference(example).value,
    }));
  }),
);

describe('the problems of the contract', () => {
  test.each(problemExamples.map((example) => [example.where, example] as const))(
    'are written as the catalogue has them: %s',
    (_where, { status, value }) => {
      const { title, status: usual } = problems[value.code as keyof typeof problems];
      expect(usual).toBe(status);
      expect(value).toMatchObject({ title, type: `/problems/${value.code}`, status });
      expect(value.instance).toBe(`urn:request:${value.request_id}`);
    },
  );

  test.each(problemExamples.map((example) => [example.where, example] as const))(
    'name one status and no code of another: %s',
    (_where, { schema, value }) => {
      const other = value.status === 418 ? 404 : 418;
      expect(violations(schema, { ...value, status: other })).not.toStrictEqual([]);
      const code = value.code === 'route_not_found' ? 'forbidden' : 'route_not_found';
      expect(violations(schema, { ...value, code })).not.toStrictEqual([]);
    },
  );

  test('are those of the catalogue, each with an example or in the description', () => {
    const codes = Object.keys(problems).sort();
    expect([...contract.components.schemas.ProblemCode.enum].sort()).toStrictEqual(codes);
    const inExamples = new Set<string>(problemExamples.map(({ value }) => value.code));
    expect(codes.filter((code) => !inExamples.has(code))).toStrictEqual(OUTSIDE_OPERATIONS);
    for (const code of OUTSIDE_OPERATIONS) {
      expect(contract.info.description).toContain(`\`${code}\``);
    }
  });
});
