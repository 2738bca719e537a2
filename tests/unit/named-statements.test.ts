import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql, type DatabasePool } from 'slonik';
import { z } from 'zod';
import { createDatabaseAccess } from '../../src/db/pool.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const row = z.object({ value: z.string() });
const named = z.object({ texts: z.array(z.string()) });

describe('a statement with values', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  /** What the one connection has prepared after the same statement ran twice with other values. */
  async function preparedBy(hasPooler: boolean): Promise<readonly string[]> {
    const { db } = await createDatabaseAccess({
      url: database.url,
      poolMax: 1,
      poolWait: 10_000,
      hasPooler,
      driver: 'tcp',
      sleeps: false,
    });
    try {
      expect(await echo(db, 'first')).toBe('first');
      expect(await echo(db, 'second')).toBe('second');
      const found = await db.one(sql.type(named)`
        SELECT coalesce(array_agg(statement), '{}') AS texts FROM pg_prepared_statements`);
      return found.texts;
    } finally {
      await db.end();
    }
  }

  async function echo(db: DatabasePool, value: string): Promise<string> {
    return (await db.one(sql.type(row)`SELECT ${value}::text AS value`)).value;
  }

  test('is prepared once on its connection', async () => {
    expect(await preparedBy(false)).toEqual(['SELECT $1::text AS value']);
  });

  test('is never prepared behind a pooler', async () => {
    expect(await preparedBy(true)).toEqual([]);
  });
});
