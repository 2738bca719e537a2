import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { openSession, type Session } from '../faults/session.ts';
import { signedIn, type Answer, type Client } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startListeningProcess, type ListeningProcess } from '../support/process.ts';
import { createTask, expectProblem, tasksOf } from '../support/scenarios.ts';
import { WRITES, type Write } from './writes.ts';

// Hundreds of requests in a test, perhaps on a busy machine.
jest.setTimeout(60_000);

const PAIRS = WRITES.flatMap(([one, first]) =>
  WRITES.map(([other, second]) => [one, other, first, second] as const),
);
const TRIALS = 7;

let database: TestDatabase;
let processes: ListeningProcess[];
let session: Session;
beforeAll(async () => {
  database = await createTestDatabase();
  session = await openSession(database.url);
  processes = await Promise.all([1, 2].map(() => startListeningProcess(database.url)));
});
afterAll(async () => {
  await session.end();
  await Promise.all(processes.map((server) => server.kill()));
  await database.drop();
});

/**
 * Fails unless exactly one of the writers of one state has written, and each other one was told so.
 *
 * @param before the revision at which all of them have seen the task
 */
async function expectOneWinner(
  reader: Client,
  path: string,
  before: number,
  answers: readonly Answer[],
): Promise<void> {
  const winners = answers.filter(({ status }) => status < 300);
  expect(winners).toHaveLength(1);
  const current = `"${before + 1}"`;
  const final = await reader('GET', path);
  const isDeleted = winners[0]!.status === 204;
  if (isDeleted) expect(final.status).toBe(404);
  else expect([winners[0]!.headers.get('ETag'), final.text]).toEqual([current, winners[0]!.text]);
  for (const loser of answers.filter(({ status }) => status >= 300)) {
    if (isDeleted) expectProblem(loser, 404, 'task_not_found');
    else {
      expectProblem(loser, 412, 'precondition_failed');
      expect(loser.headers.get('ETag')).toBe(current);
    }
  }
}

/** Lets two writers change a new task at once, both from the state in which it was made. */
async function race(
  user: string,
  [one, other]: readonly [Client, Client],
  [first, second]: readonly [Write, Write],
): Promise<void> {
  const { id, revision } = await createTask(one, user);
  const path = `${tasksOf(user)}/${id}`;
  const headers = { 'If-Match': `"${revision}"` };
  const answers = await Promise.all([first(one, path, headers), second(other, path, headers)]);
  await expectOneWinner(other, path, revision, answers);
}

describe.each([
  ['one server', 0],
  ['two server processes on one database', 1],
])('of two writers with the same entity tag, on %s', (topology, second) => {
  test(`one succeeds in each of ${PAIRS.length * TRIALS} trials`, async () => {
    const user = `racer on ${topology}`;
    const one = await signedIn(processes[0]!.url, user);
    const other = await signedIn(processes[second]!.url, user);
    for (let trial = 0; trial < TRIALS; trial += 1) {
      const clients = trial % 2 === 0 ? ([one, other] as const) : ([other, one] as const);
      for (const [, , ...writes] of PAIRS) await race(user, clients, writes);
    }
  });

  test.each(PAIRS)(
    'one succeeds when %s and %s both wait in the database for their turn',
    async (first, last, ...writes) => {
      const user = `${first} and ${last} on ${topology}`;
      const one = await signedIn(processes[0]!.url, user);
      const other = await signedIn(processes[second]!.url, user);
      const { id, revision } = await createTask(one, user);
      const path = `${tasksOf(user)}/${id}`;
      const headers = { 'If-Match': `"${revision}"` };

      await session.query('BEGIN');
      await session.query('SELECT FROM users WHERE user_id = $1 FOR UPDATE', [user]);
      const answers = [writes[0](one, path, headers), writes[1](other, path, headers)];
      await session.untilWaiting(2);
      await session.query('COMMIT');
      await expectOneWinner(other, path, revision, await Promise.all(answers));
    },
  );
});

test('of twenty writers with the same entity tag, on two server processes, one succeeds', async () => {
  const clients = await Promise.all(processes.map(({ url }) => signedIn(url, 'many')));
  for (let trial = 0; trial < 5; trial += 1) {
    const { id, revision } = await createTask(clients[0]!, 'many');
    const path = `${tasksOf('many')}/${id}`;
    const headers = { 'If-Match': `"${revision}"` };
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        WRITES[(index >> 1) % 4]![1](clients[index % 2]!, path, headers),
      ),
    );
    await expectOneWinner(clients[0]!, path, revision, answers);
  }
});

test('writers that all read, change and write again lose nothing: each of their changes is there', async () => {
  const clients = await Promise.all(processes.map(({ url }) => signedIn(url, 'counting')));
  const { id } = await createTask(clients[0]!, 'counting', { title: '0' });
  const path = `${tasksOf('counting')}/${id}`;
  const increment = async (client: Client): Promise<void> => {
    for (;;) {
      const { body, headers } = await client('GET', path);
      const answer = await client('PUT', path, {
        body: { title: String(Number(body.title) + 1), description: null, completed: false },
        headers: { 'If-Match': headers.get('ETag')! },
      });
      if (answer.status === 200) return;
      expect(answer.status).toBe(412);
    }
  };
  await Promise.all(
    Array.from({ length: 6 }, async (_, writer) => {
      for (let count = 0; count < 5; count += 1) await increment(clients[writer % 2]!);
    }),
  );
  expect((await clients[1]!('GET', path)).body).toMatchObject({ title: '30', revision: 31 });
});
