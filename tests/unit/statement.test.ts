import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import type { DriverQueryResult } from 'slonik';
import { Statement, type KnownColumns } from '../../src/db/drivers/statement.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let client: pg.Client;
let known: KnownColumns;
/** How often PostgreSQL has described columns. */
let described: number;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  known = new Map();
  described = 0;
  client = new pg.Client(database.url);
  await client.connect();
  const { connection } = client as unknown as { connection: pg.Connection };
  connection.on('rowDescription', () => (described += 1));
  connection.on('noData', () => (described += 1));
});
afterEach(() => client.end());

function run(text: string, values: unknown[] = [], name?: string): Promise<DriverQueryResult> {
  return new Promise((resolve, reject) => {
    const onEnd = (error: unknown, result?: DriverQueryResult) => {
      if (result) resolve(result);
      else reject(error);
    };
    client.query(new Statement(known, text, values, name, onEnd));
  });
}

test('a named statement is described once on a connection, and read in the same way each time', async () => {
  const ask = (values: unknown[]) =>
    run('SELECT $1::int8 AS "count", $2::text AS "title", $3::json AS "rest"', values, 'ask');
  const first = await ask([1, 'milk', '{"a":1}']);
  expect(first).toEqual({
    command: 'SELECT',
    fields: [
      { dataTypeId: 20, name: 'count' },
      { dataTypeId: 25, name: 'title' },
      { dataTypeId: 114, name: 'rest' },
    ],
    rowCount: 1,
    rows: [{ count: 1, title: 'milk', rest: { a: 1 } }],
  });
  const second = await ask([2, null, null]);
  expect(second.fields).toEqual(first.fields);
  expect(second.rows).toEqual([{ count: 2, title: null, rest: null }]);
  expect(described).toBe(1);
});

test('rows are objects of their own, in the order in which they come', async () => {
  const text = 'SELECT n FROM generate_series(1, $1::int) AS n';
  for (let time = 0; time < 2; time += 1) {
    const { rows, rowCount } = await run(text, [3], 'series');
    expect(rows).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(rowCount).toBe(3);
  }
  expect((await run(text, [0], 'series')).rows).toEqual([]);
});

test('two names have columns of their own', async () => {
  for (let time = 0; time < 2; time += 1) {
    expect((await run('SELECT $1::int AS a', [1], 'a')).rows).toEqual([{ a: 1 }]);
    expect((await run('SELECT $1::text AS b', ['x'], 'b')).rows).toEqual([{ b: 'x' }]);
  }
  expect(described).toBe(2);
});

test('a statement without a name is described each time, and one without values too', async () => {
  for (let time = 0; time < 2; time += 1) {
    expect((await run('SELECT $1::text AS a', ['x'])).rows).toEqual([{ a: 'x' }]);
    expect((await run('SELECT 1 AS a')).rows).toEqual([{ a: 1 }]);
  }
  expect(described).toBe(4);
});

test('what returns no rows says how many it has changed', async () => {
  await run('CREATE TEMPORARY TABLE milk (n int UNIQUE)');
  expect(await run('START TRANSACTION')).toMatchObject({ command: 'SELECT', rowCount: null });
  await run('ROLLBACK');
  for (let n = 1; n <= 2; n += 1) {
    const inserted = await run('INSERT INTO milk VALUES ($1)', [n], 'insert');
    expect(inserted).toEqual({ command: 'INSERT', fields: [], rowCount: 1, rows: [] });
  }
  expect(described).toBe(1);
  const deleted = await run('DELETE FROM milk WHERE n < $1', [9], 'delete');
  expect(deleted).toMatchObject({ command: 'DELETE', rowCount: 2 });
});

test('a statement that fails the first time can be asked again, and the connection after it', async () => {
  const divide = (by: number) => run('SELECT 1 / $1::int AS part', [by], 'divide');
  await expect(divide(0)).rejects.toMatchObject({ code: '22012' });
  expect((await divide(1)).rows).toEqual([{ part: 1 }]);
  await expect(divide(0)).rejects.toMatchObject({ code: '22012' });
  expect((await divide(1)).rows).toEqual([{ part: 1 }]);
});

test('a statement with an error in its text can be asked again', async () => {
  await expect(run('SELECT $1::nothing', [1], 'wrong')).rejects.toMatchObject({ code: '42704' });
  expect((await run('SELECT $1::int AS a', [1], 'wrong')).rows).toEqual([{ a: 1 }]);
});

test('where the columns are no longer what they were, PostgreSQL refuses', async () => {
  await run('CREATE TEMPORARY TABLE bread (a int)');
  const ask = () => run('SELECT * FROM bread WHERE $1', [true], 'bread');
  expect((await ask()).fields).toHaveLength(1);
  await run('ALTER TABLE bread ADD COLUMN b int');
  await expect(ask()).rejects.toMatchObject({ code: '0A000' });
});

test('a value that cannot be sent is refused, with and without a statement that is parsed', async () => {
  const bad = {
    toPostgres() {
      throw new TypeError('no');
    },
  };
  const ask = (value: unknown) => run('SELECT $1::int AS a', [value], 'ask');
  await expect(ask(bad)).rejects.toThrow('no');
  expect((await ask(1)).rows).toEqual([{ a: 1 }]);
  await expect(ask(bad)).rejects.toThrow('no');
  expect((await ask(2)).rows).toEqual([{ a: 2 }]);
});

test('a value that cannot be read is refused, and the rest of the rows is not lost track of', async () => {
  const original = known.set.bind(known);
  // What a parser of a type would throw at; of those that are used only that of JSON throws, which PostgreSQL never sends broken.
  known.set = (name, columns) =>
    original(name, {
      ...columns,
      parsers: [
        (text: string) => {
          if (text === '2') throw new SyntaxError('cannot be read');
          return Number(text);
        },
      ],
    });
  const ask = (to: number) => run('SELECT n FROM generate_series(1, $1::int) AS n', [to], 'n');
  await ask(1);
  await expect(ask(3)).rejects.toThrow('cannot be read');
  expect((await ask(1)).rows).toEqual([{ n: 1 }]);
});

test('a name belongs to one statement', async () => {
  await run('SELECT $1::int AS a', [1], 'a');
  await expect(run('SELECT $1::int AS b', [1], 'a')).rejects.toThrow('a is the name of another');
  expect((await run('SELECT $1::int AS a', [2], 'a')).rows).toEqual([{ a: 2 }]);
});

test('a statement that somebody has put in the place of another is not read as that', async () => {
  await run('SELECT $1::int AS a', [1], 'a');
  await client.query('DEALLOCATE a');
  await client.query('PREPARE a AS SELECT $1::int AS b, 2 AS c');
  await expect(run('SELECT $1::int AS a', [1], 'a')).rejects.toThrow('others than described');
  expect((await run('SELECT 1 AS a')).rows).toEqual([{ a: 1 }]);
});

test('several statements are refused', async () => {
  await expect(run('SELECT 1 AS a; SELECT 2 AS b')).rejects.toThrow('one statement');
  expect((await run('SELECT 1 AS a')).rows).toEqual([{ a: 1 }]);
});

test('of columns of one name the last counts', async () => {
  expect((await run('SELECT 1 AS a, NULL AS a')).rows).toEqual([{ a: null }]);
});

test('rows that PostgreSQL holds back are missed', async () => {
  const part = run('SELECT 1 AS a');
  const { connection } = client as unknown as { connection: pg.Connection };
  connection.once('dataRow', () => connection.emit('portalSuspended'));
  await expect(part).rejects.toThrow('more rows');
});

test('nothing is copied, and nobody waits for it', async () => {
  await run('CREATE TEMPORARY TABLE eggs (n int)');
  await expect(run('COPY eggs FROM STDIN')).rejects.toMatchObject({ code: '57014' });
  await run('INSERT INTO eggs VALUES (1)');
  expect(await run('COPY eggs TO STDOUT')).toMatchObject({ command: 'COPY', rows: [] });
});

test('comments alone have no rows', async () => {
  expect(await run('-- nothing')).toMatchObject({ rows: [], rowCount: null });
});

test('a connection that breaks fails what it was asked', async () => {
  client.on('error', () => undefined);
  await expect(run('SELECT pg_terminate_backend(pg_backend_pid())')).rejects.toMatchObject({
    code: '57P01',
  });
});
