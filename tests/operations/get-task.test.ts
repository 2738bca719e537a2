import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { sql } from 'slonik';
import { signedIn } from '../support/client.ts';
import { createTestDatabase } from '../support/database.ts';
import {
  createTask,
  expectHeadAsGet,
  expectProblem,
  insertTasks,
  leavingNoTrace,
  tasksOf,
} from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import {
  refusesMissingTasks,
  refusesStrangers,
  refusesUnknownParameters,
  type ValidRequest,
} from './refusals.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const request: ValidRequest = { method: 'GET', path: (user, id) => `${tasksOf(user)}/${id}` };

test('answers the task with its entity tag', async () => {
  const alice = await signedIn(server.url, 'alice');
  const [, task] = await insertTasks(server, 'alice', [
    {},
    {
      id: '019bc0fd-89c0-7c3e-9f41-6f0c2d8e5a17',
      title: 'Buy milk',
      description: 'Two litres.',
      created_at: '1970-01-01T00:00:00.000Z',
      updated_at: '2026-01-15T09:30:00.001Z',
      completed_at: '9999-12-31T23:59:59.999Z',
    },
  ]);

  const answer = await leavingNoTrace(server, { client: alice, user: 'alice' }, () =>
    alice('GET', `/api/alice/tasks/${task!.id}`),
  );
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({
    id: '019bc0fd-89c0-7c3e-9f41-6f0c2d8e5a17',
    user_id: 'alice',
    title: 'Buy milk',
    description: 'Two litres.',
    completed: true,
    created_at: '1970-01-01T00:00:00.000Z',
    updated_at: '2026-01-15T09:30:00.001Z',
    completed_at: '9999-12-31T23:59:59.999Z',
    revision: 2,
  });
  expect(answer.headers.get('ETag')).toBe('"2"');
  expect(answer.headers.get('Content-Type')).toBe('application/json; charset=utf-8');
});

test('answers the same times whatever zone and form the database has for them', async () => {
  const database = await createTestDatabase();
  const direct = new pg.Client(database.url);
  await direct.connect();
  await direct.query(`ALTER DATABASE ${direct.database} SET "TimeZone" = 'Asia/Kolkata'`);
  await direct.query(`ALTER DATABASE ${direct.database} SET "DateStyle" = 'German'`);
  await direct.end();
  const elsewhere = await startTestServer({ DATABASE_URL: database.url });
  try {
    const trent = await signedIn(elsewhere.url, 'trent');
    const times = {
      created_at: '2026-01-15T20:30:00.120Z',
      updated_at: '2026-01-15T20:30:10.300Z',
      completed_at: '2026-01-15T20:30:59.000Z',
    };
    const [task] = await insertTasks(elsewhere, 'trent', [times]);
    const answer = await trent('GET', `/api/trent/tasks/${task!.id}`);
    expect(answer.body).toMatchObject(times);
    const shown = await elsewhere.db.oneFirst(sql.unsafe`SELECT created_at::text FROM tasks`);
    expect(shown).toBe('16.01.2026 02:00:00.12 IST');
  } finally {
    await elsewhere.close();
    await database.drop();
  }
});

test('answers revisions up to the highest exactly', async () => {
  const bert = await signedIn(server.url, 'bert');
  const { id } = await createTask(bert, 'bert');
  await server.db.query(
    sql.unsafe`UPDATE tasks SET revision = 9007199254740991 WHERE user_id = 'bert'`,
  );

  const answer = await bert('GET', `/api/bert/tasks/${id}`);
  expect(answer.body.revision).toBe(Number.MAX_SAFE_INTEGER);
  expect(answer.headers.get('ETag')).toBe('"9007199254740991"');
});

test('takes an id in capitals and answers it in small letters', async () => {
  const carol = await signedIn(server.url, 'carol');
  const task = await createTask(carol, 'carol');
  const answer = await carol('GET', `/api/carol/tasks/${task.id.toUpperCase()}`);
  expect(answer.body).toEqual(task);
});

test('answers HEAD as GET, without the body', async () => {
  const dave = await signedIn(server.url, 'dave');
  const { id } = await createTask(dave, 'dave');
  await expectHeadAsGet(dave, `/api/dave/tasks/${id}`);
  await expectHeadAsGet(dave, `/api/dave/tasks/${id}`, { 'If-None-Match': '"1"' });
  await expectHeadAsGet(dave, '/api/dave/tasks/019bc0fd-89c0-7c3e-9f41-6f0c2d8e5a17');
});

describe('If-None-Match', () => {
  // The task under test has revision 3.
  async function read(user: string, ifNoneMatch: string) {
    const client = await signedIn(server.url, user);
    const [, , task] = await insertTasks(server, user, [{}, {}, {}]);
    const headers = { 'If-None-Match': ifNoneMatch };
    return client('GET', `${tasksOf(user)}/${task!.id}`, { headers });
  }

  test.each(['"3"', 'W/"3"', '*', '"1", "3"', '"1",W/"3"', '"a,b" , "3" ,', '"é", "3"'])(
    'answers 304 with the entity tag and no body for %s',
    async (ifNoneMatch) => {
      const answer = await read(`fresh ${ifNoneMatch}`, ifNoneMatch);
      expect(answer.status).toBe(304);
      expect(answer.headers.get('ETag')).toBe('"3"');
      expect(answer.headers.get('Content-Type')).toBeNull();
      expect(answer.text).toBe('');
    },
  );

  test.each(['"2"', 'W/"2"', '"33"', '"03"', '""', '"1,3"', '"*"'])(
    'answers the task for %s, which is not its entity tag',
    async (ifNoneMatch) => {
      const answer = await read(`stale ${ifNoneMatch}`, ifNoneMatch);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('ETag')).toBe('"3"');
      expect(answer.body.revision).toBe(3);
    },
  );

  test.each(['', '3', '"3', 'W/3', 'w/"3"', '"1" "3"', '*, "3"', '" 3"'])(
    'refuses %p, which is no list of entity tags',
    async (ifNoneMatch) => {
      const answer = await read(`malformed ${ifNoneMatch}`, ifNoneMatch);
      expectProblem(answer, 400, 'invalid_request', ['header if-none-match']);
    },
  );

  test('answers the task again once it has changed, but not when only others have', async () => {
    const erin = await signedIn(server.url, 'erin');
    const { id } = await createTask(erin, 'erin');
    await createTask(erin, 'erin');
    const path = `/api/erin/tasks/${id}`;
    const headers = { 'If-None-Match': '"1"' };
    expect((await erin('GET', path, { headers })).status).toBe(304);

    await erin('PATCH', `${path}/complete`, { body: { completed: true } });
    const changed = await erin('GET', path, { headers });
    expect(changed.body).toMatchObject({ completed: true, revision: 3 });
    expect(changed.headers.get('ETag')).toBe('"3"');
  });

  test('answers 404 for a missing task, whatever it says', async () => {
    const faythe = await signedIn(server.url, 'faythe');
    const path = '/api/faythe/tasks/019bc0fd-89c0-7c3e-9f41-6f0c2d8e5a17';
    const answer = await faythe('GET', path, { headers: { 'If-None-Match': '*' } });
    expectProblem(answer, 404, 'task_not_found');
  });
});

refusesMissingTasks(() => server, request);
refusesUnknownParameters(() => server, request);
refusesStrangers(() => server, request);
