import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

describe('the test database', () => {
  let database: TestDatabase;
  let client: pg.Client;

  beforeAll(async () => {
    database = await createTestDatabase();
    client = new pg.Client(database.url);
    await client.connect();
  });

  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  test('has every migration and no rows', async () => {
    const counts = await client.query(
      'SELECT (SELECT count(*) FROM users)::int AS users, (SELECT count(*) FROM tasks)::int AS tasks',
    );
    expect(counts.rows).toEqual([{ users: 0, tasks: 0 }]);
  });

  test('compares text by code point, in UTF-8', async () => {
    const { rows } = await client.query(
      `SELECT current_setting('server_encoding') AS encoding,
              array_agg(t ORDER BY t) AS sorted FROM unnest(ARRAY['é', 'b', 'A', 'a', 'B']) AS t`,
    );
    expect(rows).toEqual([{ encoding: 'UTF8', sorted: ['A', 'B', 'a', 'b', 'é'] }]);
  });

  test('can be made many times at once, and each is alone', async () => {
    const databases = await Promise.all(Array.from({ length: 6 }, () => createTestDatabase()));
    expect(new Set(databases.map(({ url }) => url)).size).toBe(6);
    await Promise.all(databases.map((made) => made.drop()));
  });

  test('is gone after drop, also while somebody is connected', async () => {
    const other = await createTestDatabase();
    const connected = new pg.Client(other.url);
    connected.on('error', () => undefined);
    await connected.connect();
    await other.drop();
    await expect(new pg.Client(other.url).connect()).rejects.toThrow(/does not exist/);
    await connected.end();
  });
});
