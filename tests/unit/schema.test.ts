import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { contract } from '../support/contract.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const { Title, Description, UserId, Revision } = contract.components.schemas;

// Unicode's White_Space, and the byte order mark.
const blanks = [
  ...[0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x20, 0x85, 0xa0, 0x1680],
  ...Array.from({ length: 11 }, (_, index) => 0x2000 + index),
  ...[0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff],
].map((code) => String.fromCodePoint(code));

interface Row {
  user_id?: string;
  title?: string;
  description?: string;
  revision?: number;
  created_at?: string;
  updated_at?: string;
  completed_at?: string;
}

describe('the schema', () => {
  let database: TestDatabase;
  let client: pg.Client;

  beforeAll(async () => {
    database = await createTestDatabase();
    client = new pg.Client(database.url);
    await client.connect();
    await insertUser('alice');
  });

  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  /** @returns the name of the constraint that refuses the row, `undefined` when none does */
  async function refusal(sql: string, values: readonly unknown[]): Promise<string | undefined> {
    try {
      await client.query(sql, [...values]);
      return undefined;
    } catch (error) {
      if (error instanceof pg.DatabaseError && error.constraint !== undefined) {
        return error.constraint;
      }
      throw error;
    }
  }

  function insertUser(userId: string, revision: unknown = 1): Promise<string | undefined> {
    return refusal('INSERT INTO users (user_id, revision) VALUES ($1, $2)', [userId, revision]);
  }

  function insertTask(row: Row): Promise<string | undefined> {
    const full = {
      user_id: 'alice',
      title: 'Buy milk',
      description: null,
      revision: 1,
      created_at: '2026-01-01T00:00:00.000Z',
      updated_at: '2026-01-01T00:00:00.000Z',
      completed_at: null,
      ...row,
    };
    return refusal(
      `INSERT INTO tasks (id, user_id, title, description, revision, created_at, updated_at, completed_at)
       VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7)`,
      Object.values(full),
    );
  }

  async function definitionOf(constraint: string): Promise<string> {
    const { rows } = await client.query<{ definition: string }>(
      'SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE conname = $1',
      [constraint],
    );
    return rows[0]?.definition ?? '';
  }

  test("has the contract's patterns, character for character", async () => {
    expect(await definitionOf('tasks_title_not_blank')).toContain(`'${Title.pattern}'`);
    expect(await definitionOf('users_user_id_no_control')).toContain(`'${UserId.pattern}'`);
  });

  test("has the contract's bounds, in code points", async () => {
    const longest = '😀'.repeat(Title.maxLength);
    await expect(insertTask({ title: longest })).resolves.toBeUndefined();
    await expect(insertTask({ title: `${longest}x` })).resolves.toBe('tasks_title_length');
    await expect(insertTask({ title: '' })).resolves.toMatch(/^tasks_title_/);

    const description = '😀'.repeat(Description.maxLength);
    await expect(insertTask({ description })).resolves.toBeUndefined();
    await expect(insertTask({ description: '' })).resolves.toBeUndefined();
    const tooLong = insertTask({ description: `${description}x` });
    await expect(tooLong).resolves.toBe('tasks_description_length');

    const subject = '😀'.repeat(UserId.maxLength);
    await expect(insertUser(subject)).resolves.toBeUndefined();
    await expect(insertUser(`${subject}x`)).resolves.toBe('users_user_id_length');
    await expect(insertUser('')).resolves.toMatch(/^users_user_id_/);

    await expect(insertTask({ revision: Revision.maximum })).resolves.toBeUndefined();
    await expect(insertTask({ revision: 0 })).resolves.toBe('tasks_revision_range');
    await expect(insertUser('bob', '9007199254740992')).resolves.toBe('users_revision_range');
  });

  test('refuses titles of nothing but blanks, and keeps all others as they are', async () => {
    for (const blank of blanks) {
      for (const title of [blank, `${blank} ${blank}`]) {
        expect([title, await insertTask({ title })]).toEqual([title, 'tasks_title_not_blank']);
      }
      for (const title of [`${blank}x`, `x${blank}`, `${blank}😀${blank}`, `${blank}\u200b`]) {
        expect([title, await insertTask({ title })]).toEqual([title, undefined]);
      }
    }
    await expect(insertTask({ title: '\n\nx\n' })).resolves.toBeUndefined();
  });

  test("agrees with the contract's pattern on every character", async () => {
    const characters: string[] = [];
    for (let code = 1; code <= 0x10ffff; code += code < 0x10000 ? 1 : 61) {
      if (code < 0xd800 || code > 0xdfff) characters.push(String.fromCodePoint(code));
    }
    const { rows } = await client.query<{ refused: string[] }>(
      `SELECT array_agg(t) AS refused FROM unnest($1::text[]) AS t WHERE NOT t COLLATE "C" ~ $2`,
      [characters, Title.pattern],
    );
    const pattern = new RegExp(Title.pattern, 'u');
    expect(rows[0]?.refused).toEqual(characters.filter((character) => !pattern.test(character)));
    expect(rows[0]?.refused).toEqual(blanks);
  });

  test.each(['\u0001', '\u001f', '\u007f', '\n'])('refuses %j in a subject', async (control) => {
    await expect(insertUser(`a${control}`)).resolves.toBe('users_user_id_no_control');
  });

  test.each(['created_at', 'updated_at', 'completed_at'])(
    'keeps %s within four-digit years, rounding included',
    async (column) => {
      const outside = ['infinity', '-infinity', '0999-12-31T23:59:59.999Z'];
      for (const time of [...outside, '9999-12-31T23:59:59.9996Z']) {
        const refused = await insertTask({ [column]: time });
        expect([time, refused]).toEqual([time, `tasks_${column}_range`]);
      }
      for (const time of ['1000-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z']) {
        await expect(insertTask({ [column]: time })).resolves.toBeUndefined();
      }
    },
  );

  test('has room in its indexes for the widest keys', async () => {
    // Random, so that no compression helps.
    const widest = () =>
      Array.from({ length: 255 }, () =>
        String.fromCodePoint(0x20000 + Math.floor(Math.random() * 0xa6d0)),
      ).join('');
    const subject = widest();
    await insertUser(subject);
    await expect(insertTask({ user_id: subject, title: widest() })).resolves.toBeUndefined();
  });

  test('wants an owner, and deletes the tasks with the owner', async () => {
    await expect(insertTask({ user_id: 'nobody' })).resolves.toBe('tasks_user_id_fkey');
    await insertUser('carol');
    await insertTask({ user_id: 'carol' });
    await client.query(`DELETE FROM users WHERE user_id = 'carol'`);
    const left = await client.query(`SELECT FROM tasks WHERE user_id = 'carol'`);
    expect(left.rowCount).toBe(0);
  });

  test.each([
    ['created_at', 'tasks_by_created_at_with_completion'],
    ['updated_at', 'tasks_by_updated_at'],
    ['title', 'tasks_by_title'],
  ])('reads both directions of %s from one index, without sorting', async (column, index) => {
    await client.query('SET enable_seqscan = off; SET enable_bitmapscan = off');
    for (const [direction, scan] of [
      ['ASC', 'Index Scan'],
      ['DESC', 'Index Scan Backward'],
    ]) {
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(
        `EXPLAIN SELECT id FROM tasks WHERE user_id = 'alice'
          ORDER BY ${column} ${direction}, id ${direction} LIMIT 20`,
      );
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan).toMatch(new RegExp(`${scan} using ${index}`.replace(' Scan', ' (Only )?Scan')));
      expect(plan).not.toContain('Sort');
    }
  });
});
