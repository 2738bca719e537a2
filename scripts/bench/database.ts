import { join } from 'node:path';
import pg from 'pg';
import { signLocalToken } from '../local/token.ts';
import { startPostgres, type RunningPostgres } from '../local/postgres.ts';
import { migrate } from '../../src/db/migrate.ts';
import type { Account } from './calls.ts';

/** Some users alike. */
export interface Population {
  /** What their ids begin with. */
  readonly prefix: string;
  readonly users: number;
  readonly tasksEach: number;
}

/** How many tasks one statement makes at most: after each, PostgreSQL checks as many foreign keys, from memory. */
const BATCH = 100_000;
const DAY = 86_400;

/** Starts the PostgreSQL of the benchmark: fast, and deleted when it stops. */
export function startDatabase(directory: string): Promise<RunningPostgres> {
  return startPostgres({ directory: join(directory, 'postgres'), persistent: false });
}

/** Makes a database of its own with all migrations, anew. @returns its URL */
export async function makeDatabase(postgres: RunningPostgres, name: string): Promise<string> {
  await query(postgres.url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  const url = new URL(postgres.url);
  url.pathname = `/${name}`;
  await migrate(url.href);
  return url.href;
}

/**
 * Adds users with their tasks, through all indexes and constraints. The tasks of one user do not lie together: they come
 * in the order of time, as they would have been made.
 */
export async function populate(
  url: string,
  { prefix, users, tasksEach }: Population,
  onBatch: (tasks: number) => void = () => undefined,
): Promise<void> {
  await query(
    url,
    `INSERT INTO users (user_id, revision, created_at)
     SELECT $1 || u, $3::int, '2024-01-01' FROM generate_series(1, $2::int) AS u`,
    [prefix, users, tasksEach],
  );
  const usersAtOnce = Math.max(1, Math.min(users, Math.floor(BATCH / tasksEach)));
  const tasksAtOnce = Math.min(tasksEach, Math.floor(BATCH / usersAtOnce));
  for (let user = 1; user <= users; user += usersAtOnce) {
    for (let task = 1; task <= tasksEach; task += tasksAtOnce) {
      const lastUser = Math.min(users, user + usersAtOnce - 1);
      const lastTask = Math.min(tasksEach, task + tasksAtOnce - 1);
      await query(url, INSERT_TASKS, [prefix, user, lastUser, task, lastTask]);
      onBatch((lastUser - user + 1) * (lastTask - task + 1));
    }
  }
}

const INSERT_TASKS = `
  INSERT INTO tasks (user_id, id, title, description, created_at, updated_at, completed_at, revision)
  SELECT
    $1 || u, uuidv7(made - clock_timestamp()), 'Task ' || t || ': buy milk, bread and butter',
    CASE WHEN t % 3 = 0 THEN 'The shop around the corner closes at seven; the other has longer hours.' END,
    made, made, CASE WHEN t % 4 = 0 THEN made END, t
  FROM generate_series($4::int, $5::int) AS t, generate_series($2::int, $3::int) AS u,
    LATERAL (SELECT timestamptz '2024-01-01' + t * interval '7 minutes' + u % 420 * interval '1 second') AS at (made)
  ORDER BY t, u`;

/** Removes what updates have left behind and refreshes the planner's statistics: autovacuum is off. */
export async function vacuum(url: string): Promise<void> {
  await query(url, 'VACUUM (ANALYZE) users, tasks');
}

/** Writes everything out and warms nothing: so that no measurement pays for the filling before it. */
export async function checkpoint(url: string): Promise<void> {
  await query(url, 'CHECKPOINT');
}

/**
 * Picks users evenly from a population, with a token for each and the ids of some of their tasks.
 *
 * @param count how many users at most
 */
export async function accountsOf(
  url: string,
  { prefix, users, tasksEach }: Population,
  count: number,
  jwtSecret: string,
): Promise<Account[]> {
  const step = Math.max(1, Math.floor(users / count));
  const rows = await query<{ user_id: string; ids: string[] }>(
    url,
    `SELECT user_id, array_agg(id::text ORDER BY id) AS ids FROM tasks
     WHERE user_id IN (SELECT $1 || u FROM generate_series(1, $2::int, $3::int) AS u) AND revision % $4 = 0
     GROUP BY user_id ORDER BY user_id LIMIT $5`,
    [prefix, users, step, Math.max(1, Math.floor(tasksEach / 1_000)), count],
  );
  return Promise.all(
    rows.map(async ({ user_id: userId, ids: taskIds }) => ({
      userId,
      taskIds,
      token: await signLocalToken({ secret: jwtSecret, subject: userId, ttl: DAY }),
    })),
  );
}

/** Runs one statement on a connection of its own. */
export async function query<Row extends pg.QueryResultRow>(
  url: string,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}
