import { describe, expect, test } from '@jest/globals';
import { problems } from '../../src/contract/problems.ts';
import { contract, dereference, operations, violations } from '../support/contract.ts';

// A contract that is looser than the server promises less than clients get. No answer shows that, because each of them
// keeps the promise. So these are about the document alone.

/** What an answer may lack. */
const OPTIONAL_PROPERTIES = ['Problem.errors'];
const OPTIONAL_HEADERS = ['Idempotency-Replayed', 'Link', 'RateLimit', 'RateLimit-Policy'];

/** What may have a fraction. */
const FRACTIONS = ['DatabaseHealth.latency_ms'];

/** What generators of clients and of data go by. Patterns say nothing to them. */
const FORMATS = {
  'Problem.instance': 'uri-reference',
  'Problem.type': 'uri-reference',
  Revision: 'int64',
  TaskId: 'uuid',
  Timestamp: 'date-time',
};

/** The headers without which an answer with this status is of no use. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  201: ['ETag', 'Location'],
  304: ['ETag'],
  401: ['WWW-Authenticate'],
  409: ['Retry-After'],
  412: ['ETag'],
  429: ['Retry-After', 'RateLimit', 'RateLimit-Policy'],
  503: ['Retry-After'],
};

const schemas = Object.entries<any>(contract.components.schemas);

/** Each schema with where it stands: the name of a component, and of the property in it. */
function within(name: string, schema: any): [where: string, schema: any][] {
  const parts = [...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  return [
    [name, schema],
    ...parts.flatMap((part: any) => within(name, part)),
    ...Object.entries<any>(schema.properties ?? {}).flatMap(([property, inner]) =>
      within(`${name}.${property}`, inner),
    ),
  ];
}

const everySchema = schemas.flatMap(([name, schema]) => within(name, schema));

/** The names of the components that a schema is made of. */
function componentsOf(schema: any, found = new Set<string>()): Set<string> {
  for (const [, name = ''] of JSON.stringify(schema).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
    if (found.has(name)) continue;
    found.add(name);
    componentsOf(contract.components.schemas[name], found);
  }
  return found;
}

const responses = operations.flatMap((operation) =>
  Object.entries<any>(operation.responses).map(([status, response]) => ({
    where: `${operation.id} ${status}`,
    status,
    response: dereference(response),
  })),
);

const answered = componentsOf(responses.map(({ response }) => response.content ?? {}));

describe('the contract promises all that the server keeps:', () => {
  test('answers have each of their properties', () => {
    const missing = everySchema
      .filter(([where]) => answered.has(where.replace(/\..*/, '')))
      .flatMap(([where, { properties = {}, required = [] }]) =>
        Object.keys(properties)
          .filter((name) => !required.includes(name))
          .map((name) => `${where}.${name}`),
      );
    expect(missing).toStrictEqual(OPTIONAL_PROPERTIES);
  });

  test('answers have each of their headers', () => {
    const optional = Object.entries<any>(contract.components.headers)
      .filter(([, header]) => header.required !== true)
      .map(([name]) => name);
    const names = responses.flatMap(({ response }) =>
      Object.entries<any>(response.headers ?? {})
        .filter(([, { $ref = '' }]) => optional.includes($ref.split('/').at(-1)))
        .map(([name]) => name),
    );
    expect([...new Set(names)].sort()).toStrictEqual(OPTIONAL_HEADERS);
  });

  test.each(responses.map((one) => [one.where, one] as const))(
    'the headers that %s is no use without',
    (_where, { status, response }) => {
      const names = Object.keys(response.headers ?? {});
      expect(names).toStrictEqual(expect.arrayContaining([...(NEEDED[status] ?? [])]));
      if (status === '415') {
        expect(names.filter((name) => /^Accept(-Patch)?$/.test(name))).toHaveLength(1);
      }
    },
  );

  test('numbers are whole, but for a duration', () => {
    const fractions = everySchema.filter(([, { type }]) => [type].flat().includes('number'));
    expect(fractions.map(([where]) => where)).toStrictEqual(FRACTIONS);
  });

  test.each(Object.entries(FORMATS))('%s has the format %s', (where, format) => {
    const found = everySchema.find(([name]) => name === where)?.[1];
    expect(found?.format).toBe(format);
  });

  test('a time is one that every clock and every database knows', () => {
    const { Timestamp } = contract.components.schemas;
    expect(violations(Timestamp, '2016-12-31T23:59:59.000Z')).toStrictEqual([]);
    expect(violations(Timestamp, '2016-12-31T23:59:60.000Z')).not.toStrictEqual([]);
  });

  test.each(responses.filter(({ status }) => status >= '400').map((one) => [one.where, one]))(
    'the codes of %s are of that status',
    (_where, one) => {
      const { response, status } = one as (typeof responses)[number];
      const schema = dereference(response.content['application/problem+json'].schema);
      const codes = within('', schema).flatMap(([where, { enum: listed, const: only }]) =>
        where === '.code' ? [listed ?? only].flat() : [],
      );
      expect(codes.length).toBeGreaterThan(0);
      const statuses = codes.map((code: keyof typeof problems) => problems[code].status);
      expect(new Set(statuses)).toStrictEqual(new Set([Number(status)]));
    },
  );

  test.each(['CreateTask', 'ReplaceTask', 'UpdateTask', 'SetTaskCompletion'])(
    'what can be written with %s can be read',
    (name) => {
      const readable = Object.keys(contract.components.schemas.Task.properties);
      const writable = Object.keys(contract.components.schemas[name].properties);
      expect(writable.filter((property) => !readable.includes(property))).toStrictEqual([]);
    },
  );

  test('a token is needed, or has no effect, and is never optional', () => {
    for (const { id, path, method } of operations) {
      const security = contract.paths[path][method].security ?? contract.security;
      const schemes = security.map((requirement: object) => Object.keys(requirement));
      expect([[], [['bearerAuth']]]).toContainEqual(schemes);
      expect({ id, isPublic: schemes.length === 0 }).toStrictEqual({
        id,
        isPublic: !path.startsWith('/api/'),
      });
    }
  });

  test('links lead to operations, with parameters that those have', () => {
    const links = responses.flatMap(({ response }) => Object.values<any>(response.links ?? {}));
    expect(links.length).toBeGreaterThan(0);
    for (const { operationId, parameters } of links) {
      const { path } = operations.find(({ id }) => id === operationId) ?? {};
      expect([operationId, path]).toStrictEqual([operationId, expect.any(String)]);
      for (const name of Object.keys(parameters)) expect(path).toContain(`{${name}}`);
    }
  });
});
