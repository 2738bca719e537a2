import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import type { DatabasePool, Interceptor } from 'slonik';
import { populate } from '../../scripts/bench/database.ts';
import { createDatabaseAccess } from '../../src/db/pool.ts';
import { statementName } from '../../src/telemetry/statement-name.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { sourceStatements } from '../support/source-statements.ts';
import { addKeys, patches, runEverything } from './every-statement.ts';
import { plansOf, run, type Plan, type Sent } from './explain.ts';

// It fills a database first.
jest.setTimeout(120_000);

// The exceptions stand in docs/performance.md as well.
/** What cannot be explained: it has no plan, and reads nothing. */
const UTILITY = 'begin_snapshot';
/** What names no user. */
const OF_NOBODY = ['allow_slow_reader', 'begin_snapshot', 'probe_database', 'sweep_keys'];
/** The one statement that is about everybody: it follows the index on the age of keys. */
const OF_EVERYBODY = 'sweep_keys';
/** They sort what they have just deleted, in memory, for the last one. */
const SORTING = ['erase_tasks', 'erase_keys'];

/** The tasks of one user, half as many as all others have together: for many of a table, reading all of it can look cheaper. */
const MANY = 40_000;

let database: TestDatabase;
let client: pg.Client;
let db: DatabasePool;
/** Every statement once for each text that it has, for a user with few tasks and for one with many. */
const sent = new Map<string, Sent>();
let plans: Plan[];

const collect: Interceptor = {
  name: 'collect',
  beforeQueryExecution(_context, { sql: text, values }) {
    // What the tests themselves ask has no name.
    const key = `${values.includes('big-1')} ${text}`;
    if (statementName(text) !== 'unnamed' && !sent.has(key)) sent.set(key, { text, values });
    return null;
  },
};

beforeAll(async () => {
  database = await createTestDatabase();
  await populate(database.url, { prefix: 'small-', users: 4_000, tasksEach: 20 });
  await populate(database.url, { prefix: 'big-', users: 1, tasksEach: MANY });
  ({ db } = await createDatabaseAccess({
    url: database.url,
    poolMax: 1,
    poolWait: 20_000,
    hasPooler: false,
    driver: 'tcp',
    sleeps: false,
    interceptor: collect,
  }));
  await addKeys(db, 'small-');
  client = new pg.Client(database.url);
  await client.connect();
  sent.clear();
  // It erases them, and a plan depends on what there is.
  await client.query(`
    CREATE TEMP TABLE kept_tasks AS SELECT * FROM tasks WHERE user_id IN ('small-7', 'big-1');
    CREATE TEMP TABLE kept_keys AS SELECT * FROM idempotency_keys WHERE user_id IN ('small-7', 'big-1')`);
  await runEverything(db, [{ subject: 'small-7' }, { subject: 'big-1' }]);
  await client.query(`
    INSERT INTO tasks SELECT * FROM kept_tasks;
    INSERT INTO idempotency_keys SELECT * FROM kept_keys`);
  await vacuum();
  const explainable = [...sent.values()].filter(({ text }) => statementName(text) !== UTILITY);
  plans = [];
  for (const statement of explainable) plans.push(...(await plansOf(client, statement)));
});
afterAll(async () => {
  await db.end();
  await client.end();
  await database.drop();
});

/**
 * Until every page of tasks is known to be visible to all. By itself PostgreSQL leaves a few deleted rows to the next time; and
 * what is younger than a transaction that is open somewhere, be it in another database, it leaves in any case.
 */
async function vacuum(): Promise<void> {
  let isDone;
  do {
    await client.query('VACUUM (FREEZE, INDEX_CLEANUP ON, ANALYZE)');
    const { rows } = await client.query<{ done: boolean }>(
      `SELECT relallvisible = relpages AS done FROM pg_class WHERE oid = 'tasks'::regclass`,
    );
    isDone = rows[0]?.done;
  } while (isDone !== true);
}

/** The plans of one statement, all its variants. */
function of(statement: string): Plan[] {
  const found = plans.filter((plan) => plan.statement === statement);
  expect(found.length).toBeGreaterThan(0);
  return found;
}

describe('the plan of every statement in the source', () => {
  test('was asked for', () => {
    const names = [...sent.values()].map(({ text }) => statementName(text));
    expect([...new Set(names)].sort()).toEqual(sourceStatements.map(statementName).sort());
    // Of either user, but for what names none.
    const texts = new Set(Array.from(sent.values(), ({ text }) => text));
    const ofOne = [...texts].filter(
      (text) => sent.has(`true ${text}`) !== sent.has(`false ${text}`),
    );
    expect(ofOne.map(statementName).sort()).toEqual(OF_NOBODY);
    // Two users, six orders, without a filter and with two, from the beginning and from a position.
    expect(names.filter((name) => name === 'select_tasks')).toHaveLength(24);
    expect(names.filter((name) => name === 'filter_tasks')).toHaveLength(48);
    // Two users, each patch and the removal, at any revision and at expected ones.
    expect(patches).toHaveLength(7);
    expect(names.filter((name) => name === 'change_task')).toHaveLength(2 * (7 + 1) * 2);
  });

  test('reads every table by an index', () => {
    const others = plans.flatMap(({ statement, kind, scans }) =>
      scans
        .filter(({ index, type }) => index === undefined && type !== 'Tid Scan')
        .map(({ table, type }) => ({ statement, kind, table, type })),
    );
    expect(others).toEqual([]);
  });

  test('asks the index for one owner', () => {
    const others = plans
      .filter(({ statement }) => statement !== OF_EVERYBODY)
      .flatMap(({ statement, kind, scans }) =>
        scans
          // Rows that are asked for by their places were found by the index in the same statement.
          .filter(({ condition, filter, type }) =>
            type === 'Tid Scan'
              ? !filter?.includes("(user_id || ''::text) = ")
              : !/\(?user_id = /.test(condition),
          )
          .map((scan) => ({ statement, kind, ...scan })),
      );
    expect(others).toEqual([]);
  });

  // Those of a user with few tasks are also those of one with many of whom the statistics do not know yet.
  test('sorts nothing, with two exceptions', () => {
    const sorting = plans.filter(({ sorts }) => sorts > 0).map(({ statement }) => statement);
    expect(new Set(sorting)).toEqual(new Set(SORTING));
  });
});

// By its name the driver knows what it may send together.
describe('what is named select_', () => {
  const isNamedSo = (name: string) => name.startsWith('select_');

  test('changes and locks nothing', () => {
    const changing = plans.filter(({ changes }) => changes > 0).map(({ statement }) => statement);
    expect(new Set(changing).size).toBeGreaterThan(5);
    expect(changing.filter(isNamedSo)).toEqual([]);
  });

  test('calls no function that does', async () => {
    const { rows } = await client.query<{ names: string[] }>(
      `SELECT array_agg(proname::text) AS names FROM pg_proc WHERE provolatile = 'v'`,
    );
    const volatile = new Set(rows[0]?.names);
    const calling = [...sent.values()].filter(({ text }) =>
      [...text.matchAll(/(\w+)\s*\(/g)].some(([, name = '']) => volatile.has(name.toLowerCase())),
    );
    const names = new Set(calling.map(({ text }) => statementName(text)));
    expect(names).toContain('allow_slow_reader');
    expect([...names].filter(isNamedSo)).toEqual([]);
  });

  test('reads tasks that it answers with, and no others', () => {
    const filtering = plans
      .filter(({ scans }) => scans.some(({ table, filter }) => table === 'tasks' && filter))
      .map(({ statement }) => statement);
    expect(filtering).toContain('filter_tasks');
    expect(filtering.filter(isNamedSo)).toEqual([]);
  });
});

test.each(['select_tasks', 'filter_tasks', 'select_exported_tasks'])(
  '%s begins at its position, however deep that is, and looks for it in the index',
  (statement) => {
    const deep = of(statement).filter(({ scans }) => JSON.stringify(scans).includes('ROW('));
    expect(deep.length).toBeGreaterThan(0);
    for (const { scans } of deep) {
      const [scan] = scans.filter(({ table }) => table === 'tasks');
      expect(scan?.condition).toMatch(/ROW\(\w+, id\) [<>] ROW\(/);
      expect(scan?.filter ?? '').not.toContain('ROW(');
    }
  },
);

test.each([
  ['select_tasks', /^tasks_by_/],
  ['filter_tasks', /^tasks_by_/],
  ['select_task', /^tasks_pkey$/],
  ['select_task_revision', /^tasks_pkey$/],
  ['change_task', /^tasks_pkey$/],
  ['select_exported_tasks', /^tasks_by_created_at_with_completion$/],
  ['erase_tasks', /^tasks_pkey$/],
])('%s reads tasks by %s', (statement, index) => {
  for (const { scans } of of(statement)) {
    const used = scans.filter(({ table }) => table === 'tasks').map((scan) => scan.index);
    expect(used).toEqual(used.map(() => expect.stringMatching(index)));
    expect(used).not.toEqual([]);
  }
});

test('sweep_keys reads the oldest keys only', () => {
  const indexes = of('sweep_keys').flatMap(({ scans }) => scans.map(({ index }) => index));
  // And deletes them by their places, for which there is no index.
  expect(new Set(indexes)).toEqual(new Set(['idempotency_keys_by_created_at', undefined]));
});

test('summarise_user counts tasks in the index', () => {
  for (const { scans } of of('summarise_user')) {
    const types = scans.filter(({ table }) => table === 'tasks').map(({ type }) => type);
    expect(types).toEqual(['Index Only Scan']);
  }
});

describe('what 304 is decided by', () => {
  test('is one row of users for a list', () => {
    for (const { scans } of of('select_revision')) {
      expect([...new Set(scans.map(({ table }) => table))]).toEqual(['users']);
    }
  });

  test('is the index alone for a task', async () => {
    for (const { scans } of of('select_task_revision')) {
      const types = scans.filter(({ table }) => table === 'tasks').map(({ type }) => type);
      expect(types).toEqual(['Index Only Scan']);
    }
    const [statement] = [...sent.values()].filter(
      ({ text }) => statementName(text) === 'select_task_revision',
    );
    const { scans, heapFetches } = await run(client, statement!);
    const found = { table: 'tasks', type: 'Index Only Scan', rows: 1 };
    expect(scans).toContainEqual(expect.objectContaining(found));
    expect(heapFetches).toBe(0);
  });
});
