import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { openSession, type Session } from './session.ts';
import { expectNothingLeaks, expectUnavailable } from './answers.ts';
import { signedIn, type Client } from '../support/client.ts';
import { createTask, expectProblem, leavingNoTrace, tasksOf } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let session: Session;
let client: Client;
beforeAll(async () => {
  server = await startTestServer();
  session = await openSession(server.databaseUrl);
  client = await signedIn(server.url, 'alice');
  await createTask(client, 'alice');
  // A title such as `raise 40001` is refused with that SQLSTATE, as often as the description says. A sequence is not
  // rolled back, so it knows how often that was.
  await session.query('CREATE SEQUENCE attempts');
  await session.query(`
    CREATE FUNCTION raise() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.title LIKE 'raise %' AND nextval('attempts') <= NEW.description::int THEN
        RAISE EXCEPTION 'secret of %', NEW.title
          USING ERRCODE = substr(NEW.title, 7), HINT = 'secret', TABLE = 'secret_table';
      END IF;
      RETURN NEW;
    END $$`);
  await session.query(
    'CREATE TRIGGER raise BEFORE INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION raise()',
  );
});
beforeEach(() => session.query('ALTER SEQUENCE attempts RESTART'));
afterAll(async () => {
  await session.end();
  await server.close();
});

/** Posts a task that PostgreSQL refuses with this SQLSTATE in so many attempts. */
function postRefused(code: string, times: number, headers: Readonly<Record<string, string>> = {}) {
  const body = { title: `raise ${code}`, description: String(times) };
  return client('POST', tasksOf('alice'), { body, headers });
}

/** How often the insertion was attempted. */
async function attempts(): Promise<number> {
  const [row] = await session.query('SELECT last_value::int, is_called FROM attempts');
  return row.is_called ? row.last_value : 0;
}

describe.each([
  ['40001', 'a serialization failure', 4, 4],
  ['40P01', 'a deadlock', 4, 4],
  ['40003', 'an unknown completion', 1, 2],
  ['08006', 'a failed connection', 1, 2],
  ['57014', 'a cancelled statement', 1, 2],
  ['57P01', 'a shutdown', 1, 2],
  ['57P02', 'a crash', 1, 2],
  ['25006', 'a database that is read-only', 1, 1],
  ['53100', 'a full disk', 1, 1],
  ['53200', 'lack of memory', 1, 1],
  ['53300', 'too many connections', 1, 1],
  ['55P03', 'a lock that was not available', 1, 1],
])('SQLSTATE %s, %s,', (code, _name, without, withKey) => {
  test(`is 503 after ${without} attempts at a write, leaves nothing and tells nothing`, async () => {
    const answer = await leavingNoTrace(server, { client, user: 'alice' }, () =>
      postRefused(code, 99),
    );
    expectUnavailable(answer);
    expect(await attempts()).toBe(without);
  });

  test(`is 503 after ${withKey} attempts at a write with an Idempotency-Key, which stays free`, async () => {
    const headers = { 'Idempotency-Key': code };
    const answer = await leavingNoTrace(server, { client, user: 'alice' }, () =>
      postRefused(code, 99, headers),
    );
    expectUnavailable(answer);
    expect(await attempts()).toBe(withKey);
    const keys = await session.query('SELECT FROM idempotency_keys WHERE key = $1', [code]);
    expect(keys).toEqual([]);
  });
});

test.each([
  ['40001', 3, false],
  ['40P01', 3, false],
  ['40001', 3, true],
  ['40P01', 3, true],
  ['57P01', 1, true],
])('SQLSTATE %s that passes after %d attempts is not noticed', async (code, times, hasKey) => {
  const account = async () => {
    const { revision, tasks } = (await client('GET', '/api/alice')).body;
    return { revision: Number(revision), tasks: Number(tasks.total) };
  };
  const before = await account();
  const key = { 'Idempotency-Key': `${code}-passes` };
  const answer = await postRefused(code, times, hasKey ? key : {});
  expect(answer.status).toBe(201);
  expect(answer.headers.get('Idempotency-Replayed')).toBeNull();
  expect(await attempts()).toBe(times + 1);
  // No attempt that failed was counted.
  expect(await account()).toEqual({ revision: before.revision + 1, tasks: before.tasks + 1 });
  expect(answer.body.revision).toBe(before.revision + 1);
});

test.each([
  '22003',
  '22P02',
  '23503',
  '23505',
  '42501',
  '42P01',
  '54000',
  'P0001',
  'XX000',
  'XX001',
])('SQLSTATE %s is a fault of ours: 500 after one attempt, which tells nothing', async (code) => {
  const answer = await leavingNoTrace(server, { client, user: 'alice' }, () =>
    postRefused(code, 99),
  );
  expectProblem(answer, 500, 'internal_error');
  expectNothingLeaks(answer);
  expect(await attempts()).toBe(1);
});

describe('a bound of the database that the contract does not have is 400 and says where:', () => {
  test.each([
    ['tasks_title_length', `char_length(title) < 50`, { title: 'a'.repeat(50) }, '#/title'],
    ['tasks_title_not_blank', `title <> 'blank'`, { title: 'blank' }, '#/title'],
    [
      'tasks_description_length',
      `char_length(description) < 50`,
      { title: 'a', description: 'a'.repeat(50) },
      '#/description',
    ],
  ])('%s', async (name, check, body, pointer) => {
    const [{ definition }] = await session.query(
      'SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE conname = $1',
      [name],
    );
    const replace = async (rule: string) => {
      await session.query(`ALTER TABLE tasks DROP CONSTRAINT ${name}`);
      await session.query(`ALTER TABLE tasks ADD CONSTRAINT ${name} ${rule}`);
    };
    await replace(`CHECK (${check})`);
    const answer = await leavingNoTrace(server, { client, user: 'alice' }, () =>
      client('POST', tasksOf('alice'), { body }),
    );
    await replace(definition);
    expectProblem(answer, 400, 'invalid_request', [pointer]);
    expectNothingLeaks(answer);
    expect(answer.text).not.toContain(name);
  });
});
