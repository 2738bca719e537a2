import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { contract } from '../support/contract.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const { Title, Description, UserId, Revision, IdempotencyKey, Timestamp } =
  contract.components.schemas;

/** The first and the last year of which there are Timestamps, by the contract's pattern. */
const years = Array.from({ length: 10_000 }, (_, year) => String(year).padStart(4, '0')).filter(
  (year) => new RegExp(Timestamp.pattern, 'u').test(`${year}-06-15T12:00:00.000Z`),
);

/** How many characters a key may have at most: the repetitions in the two alternatives of its pattern. */
const keyLengths = [...IdempotencyKey.pattern.matchAll(/\{(\d+),(\d+)\}/g)].map(
  ([, from, to]) => [Number(from), Number(to)] as const,
);

/** CHECK constraints as PostgreSQL writes them, which is not as the migrations do. */
const lengthBetween = (column: string, from: number, to: number) =>
  `CHECK (((char_length(${column}) >= ${from}) AND (char_length(${column}) <= ${to})))`;
const matches = (column: string, pattern: string) => `CHECK ((${column} ~ '${pattern}'::text))`;
const between = (column: string, from: number, to: number) =>
  `CHECK (((${column} >= ${from}) AND (${column} <= '${to}'::bigint)))`;
const inYears = (column: string) => {
  const from = `'${years[0]}-01-01 00:00:00+00'::timestamp with time zone`;
  const to = `'${Number(years.at(-1)) + 1}-01-01 00:00:00+00'::timestamp with time zone`;
  return `CHECK (((${column} >= ${from}) AND (${column} < ${to})))`;
};

/** What each constraint must say, by the contract; all that have a counterpart in it. */
const expected = {
  tasks_title_length: lengthBetween('title', Title.minLength, Title.maxLength),
  tasks_title_not_blank: matches('title', Title.pattern),
  tasks_description_length: `CHECK ((char_length(description) <= ${Description.maxLength}))`,
  tasks_revision_range: between('revision', Revision.minimum, Revision.maximum),
  tasks_created_at_range: inYears('created_at'),
  tasks_updated_at_range: inYears('updated_at'),
  tasks_completed_at_range: inYears('completed_at'),
  users_user_id_length: lengthBetween('user_id', UserId.minLength, UserId.maxLength),
  users_user_id_no_control: matches('user_id', UserId.pattern),
  users_revision_range: between('revision', Revision.minimum, Revision.maximum),
  users_created_at_range: inYears('created_at'),
  users_erased_at_range: inYears('erased_at'),
  idempotency_keys_key_length: lengthBetween('key', 1, keyLengths[1]?.[1] ?? NaN),
  // The characters that a bare key may have after its first; one in quotes may hold no others.
  idempotency_keys_key_visible: matches(
    'key',
    `^${/\[[^\]]*\](?=\{0,254\})/.exec(IdempotencyKey.pattern)?.[0]}+$`,
  ),
};

/** The constraints of what the contract does not know: the server's own. */
const internal = {
  idempotency_keys_operation_length: lengthBetween('operation', 1, 64),
  idempotency_keys_fingerprint_length: 'CHECK ((octet_length(fingerprint) = 32))',
  idempotency_keys_status_range: 'CHECK (((status >= 200) AND (status <= 299)))',
};

describe('the CHECK constraints of the migrated database', () => {
  let database: TestDatabase;
  let client: pg.Client;
  let found: Record<string, string>;

  beforeAll(async () => {
    database = await createTestDatabase();
    client = new pg.Client(database.url);
    await client.connect();
    await client.query(`SET TIME ZONE 'UTC'`);
    const { rows } = await client.query<{ name: string; definition: string }>(`
      SELECT conname AS name, pg_get_constraintdef(oid) AS definition
      FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace`);
    found = Object.fromEntries(rows.map(({ name, definition }) => [name, definition]));
  });

  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  test('are these, and no others', () => {
    const names = Object.keys({ ...expected, ...internal });
    expect(Object.keys(found).sort()).toStrictEqual(names.sort());
  });

  test.each(Object.entries(expected))("have the contract's bounds: %s", (name, definition) => {
    expect(found[name]).toBe(definition);
  });

  test.each(Object.entries(internal))('bound what only the server writes: %s', (name, check) => {
    expect(found[name]).toBe(check);
  });

  test('have room for the longest key, quoted or bare, and for every operation', () => {
    // A bare key is one character and up to 254 more.
    expect(keyLengths).toStrictEqual([
      [0, 254],
      [1, 255],
    ]);
    const ids = Object.values<object>(contract.paths).flatMap((item) =>
      Object.values(item).flatMap(({ operationId }) => operationId ?? []),
    );
    expect(ids.length).toBeGreaterThan(10);
    for (const id of ids) expect(id.length).toBeLessThanOrEqual(64);
  });

  test("have no counterpart for the description's U+0000, which no text in PostgreSQL can hold", async () => {
    expect(Description.pattern).toBe('^[^\\u0000]*$');
    await expect(client.query(`SELECT U&'\\0000'`)).rejects.toThrow();
  });
});
