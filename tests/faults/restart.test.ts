import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { startPostgres, type RunningPostgres } from '../../scripts/local/postgres.ts';
import { migrate } from '../../src/db/migrate.ts';
import { expectUnavailable } from './answers.ts';
import { openSession } from './session.ts';
import { post } from '../idempotency/posts.ts';
import { signedIn, type Answer, type Client } from '../support/client.ts';
import { startGate, type Gate } from '../support/gate.ts';
import { testClusterName } from '../support/leftovers.ts';
import { startListeningProcess, type ListeningProcess } from '../support/process.ts';
import { createTask, tasksOf } from '../support/scenarios.ts';

// A PostgreSQL is made, and started again.
jest.setTimeout(90_000);

const directory = join(tmpdir(), testClusterName(process.pid, randomBytes(4).toString('hex')));

let postgres: RunningPostgres;
/** PostgreSQL comes back on another port, as a database that fails over does on another host. */
let gate: Gate;
let servers: ListeningProcess[];
beforeAll(async () => {
  postgres = await startPostgres({ directory, persistent: true });
  await migrate(postgres.url);
  gate = await startGate(postgres.url);
  gate.open();
  servers = await Promise.all([1, 2].map(() => startListeningProcess(gate.url)));
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.kill()));
  await gate.close();
  await postgres.stop();
  await rm(postgres.directory, { recursive: true, force: true });
  await rm(directory, { force: true });
});

/** A client that goes on making requests until it is stopped, each as soon as the one before is answered. */
interface Traffic {
  readonly answers: readonly Answer[];
  /** Waits for an answer to a request that is made from now on, with success. */
  success(): Promise<void>;
  stop(): Promise<void>;
}

function startTraffic(request: (previous: Answer | undefined) => Promise<Answer>): Traffic {
  const answers: Answer[] = [];
  let isStopped = false;
  const run = async () => {
    while (!isStopped) {
      const answer = await request(answers.at(-1));
      answers.push(answer);
      // As a client should that is told to come again; not for as long, so that there are more of them.
      if (answer.status === 503) await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const running = run();
  const pause = () => Promise.race([running, new Promise((resolve) => setTimeout(resolve, 5))]);
  return {
    answers,
    async success() {
      // The next one may have been made before.
      const from = answers.length + 1;
      while (!answers.slice(from).some(({ status }) => status < 300)) await pause();
    },
    async stop() {
      isStopped = true;
      await running;
    },
  };
}

/** Everything that clients do, from two servers, and what must be true of it at the end. */
async function startAllTraffic(name: string) {
  const [one, other] = (await Promise.all(servers.map(({ url }) => signedIn(url, name)))) as [
    Client,
    Client,
  ];
  const { id } = await createTask(one, name);
  let key = 0;
  const keyed = startTraffic((previous) => {
    // A key is used until it has been answered.
    if (previous?.status === 201) key += 1;
    return post(key % 2 ? one : other, name, `key-${key}`, { title: 'keyed' });
  });
  const plain = startTraffic(() => one('POST', tasksOf(name), { body: { title: 'plain' } }));
  const reads = [
    startTraffic(() => other('GET', `${tasksOf(name)}/${id}`)),
    startTraffic(() => one('GET', tasksOf(name))),
  ];
  const all = [keyed, plain, ...reads];
  await Promise.all(all.map((traffic) => traffic.success()));
  return {
    recovered: () => Promise.all(all.map((traffic) => traffic.success())),
    async stopAndCheck() {
      await Promise.all(all.map((traffic) => traffic.stop()));
      const answers = all.flatMap((traffic) => traffic.answers);
      for (const answer of answers) if (answer.status >= 300) expectUnavailable(answer);

      const session = await openSession(postgres.url);
      const rows = await session.query(
        'SELECT title, count(*)::int FROM tasks WHERE user_id = $1 GROUP BY title',
        [name],
      );
      await session.end();
      const counted = Object.fromEntries(rows.map(({ title, count }) => [title, count]));
      // The last key may have been answered or not.
      const last = keyed.answers.at(-1)!.status === 201 ? 1 : 0;
      expect(counted.keyed - key - last).toBeGreaterThanOrEqual(0);
      expect(counted.keyed - key - last).toBeLessThanOrEqual(1 - last);
      // Of the others, those that were answered 201 are there, and of the lost ones nobody knows.
      const made = plain.answers.filter(({ status }) => status === 201).length;
      expect(counted.plain).toBeGreaterThanOrEqual(made);
      expect(counted.plain).toBeLessThanOrEqual(plain.answers.length);
      return answers.filter(({ status }) => status === 503).length;
    },
  };
}

test('a database that crashes under load and recovers costs some 503, no 500, and nothing that was confirmed', async () => {
  const traffic = await startAllTraffic('crash');
  const session = await openSession(postgres.url);
  const [{ pid }] = await session.query(
    `SELECT pid FROM pg_stat_activity
     WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND client_port IS NOT NULL
     LIMIT 1`,
  );
  // PostgreSQL then ends all connections, and recovers from its log.
  process.kill(pid, 'SIGKILL');
  await expect(session.query('SELECT pg_sleep(60)')).rejects.toThrow();
  await traffic.recovered();
  expect(await traffic.stopAndCheck()).toBeGreaterThan(0);
  await session.end();
});

test('a database that is shut down under load and comes back elsewhere costs the same', async () => {
  const traffic = await startAllTraffic('restart');
  await postgres.stop();
  postgres = await startPostgres({ directory, persistent: true });
  gate.leadTo(postgres.url);
  await traffic.recovered();
  expect(await traffic.stopAndCheck()).toBeGreaterThan(0);
});
