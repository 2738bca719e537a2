import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { sql, type DatabasePool, type Interceptor } from 'slonik';
import { deleteKeys } from '../../src/db/idempotency-keys.ts';
import { createDatabaseAccess } from '../../src/db/pool.ts';
import { statementName } from '../../src/telemetry/statement-name.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { plansOf, type Sent } from './explain.ts';

let database: TestDatabase;
let client: pg.Client;
let db: DatabasePool;
const sent = new Map<string, Sent>();

const collect: Interceptor = {
  name: 'collect',
  beforeQueryExecution(_context, { sql: text, values }) {
    if (statementName(text) === 'erase_keys') sent.set(text, { text, values });
    return null;
  },
};

beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client(database.url);
  await client.connect();
  ({ db } = await createDatabaseAccess({
    url: database.url,
    poolMax: 1,
    poolWait: 20_000,
    hasPooler: false,
    driver: 'tcp',
    sleeps: false,
    interceptor: collect,
  }));
});
afterAll(async () => {
  await db.end();
  await client.end();
  await database.drop();
});

test('erase_keys deletes by place, also in the plan that is made for users of whom most have one key', async () => {
  await db.query(sql.unsafe`
    INSERT INTO users (user_id, revision)
    SELECT 'one-' || n, 1 FROM generate_series(1, 10000) AS n UNION ALL SELECT 'many', 1`);
  await db.query(sql.unsafe`
    INSERT INTO idempotency_keys (user_id, operation, key, fingerprint, status, headers)
    SELECT CASE WHEN n <= 10000 THEN 'one-' || n ELSE 'many' END, 'createTask', n, sha256('x'), 201, '{}'
    FROM generate_series(1, 30000) AS n`);
  await client.query('VACUUM (ANALYZE) idempotency_keys');
  await db.transaction((transaction) => deleteKeys(transaction, { subject: 'many' }));
  expect(sent.size).toBe(2);
  for (const statement of sent.values()) {
    for (const { kind, scans } of await plansOf(client, statement)) {
      const [found, deleted] = scans.map(({ type, index }) => index ?? type);
      expect([kind, found, deleted]).toEqual([kind, 'idempotency_keys_pkey', 'Tid Scan']);
    }
  }
  await db.query(sql.unsafe`DELETE FROM idempotency_keys`);
});

test.each([3_000, 10_000])(
  'erase_keys follows the primary key, even where nearly all of %i keys are of one user',
  async (count) => {
    await db.query(sql.unsafe`
      INSERT INTO users (user_id, revision) VALUES ('most', 1), ('few', 1) ON CONFLICT DO NOTHING`);
    // As an erasure begins, with nothing to delete yet.
    await db.transaction((transaction) => deleteKeys(transaction, { subject: 'most' }));
    await db.query(sql.unsafe`
      INSERT INTO idempotency_keys (user_id, operation, key, fingerprint, status, headers, body)
      SELECT
        CASE WHEN n % 1000 = 0 THEN 'few' ELSE 'most' END, 'createTask', md5(n::text), sha256('x'),
        201, '{}', repeat('x', 400)
      FROM generate_series(1, ${count}::int) AS n`);
    await client.query('VACUUM (ANALYZE) idempotency_keys');
    // Those that are young, and the others.
    expect(sent.size).toBe(2);
    for (const statement of sent.values()) {
      for (const { kind, scans } of await plansOf(client, statement)) {
        const used = scans.map(({ type, index }) => index ?? type);
        expect([kind, used]).toEqual([kind, ['idempotency_keys_pkey', 'Tid Scan']]);
      }
    }
    await db.transaction((transaction) => deleteKeys(transaction, { subject: 'most' }));
    const { rows } = await client.query('SELECT DISTINCT user_id FROM idempotency_keys');
    expect(rows).toEqual([{ user_id: 'few' }]);
    await db.query(sql.unsafe`DELETE FROM idempotency_keys`);
  },
);
