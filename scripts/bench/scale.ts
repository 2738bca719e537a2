import { join } from 'node:path';
import { encodeCursor } from '../../src/db/cursors.ts';
import type { RunningPostgres } from '../local/postgres.ts';
import { callsOf, createCall, listCall, type Account, type Call } from './calls.ts';
import {
  accountsOf,
  checkpoint,
  makeDatabase,
  populate,
  query,
  vacuum,
  type Population,
} from './database.ts';
import { closedLoop } from './load.ts';
import { documentedOperations, serverWithOperations } from './operations.ts';
import type { Program } from './program.ts';
import { growthOf, type Growth, type GrowthFigures, type Sample } from './growth.ts';
import type { ScaleSettings } from './settings.ts';
import { startSelf, type Surroundings } from './targets.ts';
import { usageOf } from './usage.ts';

/** The sizes of the data sets, up to the largest one asked for. */
const SIZES = [1_000, 100_000];
const SMALL_USER = 10;
const BIG_USER = 100_000;
/** How many users of one kind are asked for. */
const ACCOUNTS = 100;
/** All lists are equally long, so that they differ only in what has to be passed over. */
const PAGE = 5;

/** The requests of one kind that are compared. */
type Requests = Readonly<Record<string, (seed: number) => () => Call>>;

/** A situation, and the server that is in it. */
interface Case {
  readonly name: string;
  readonly program: Program;
  readonly requests: Requests;
}

/**
 * Measures how the cost of a request grows with the number of tasks, with the number of tasks of one user, and with the
 * number of operations that the contract documents.
 *
 * @param directory where the copies of the server with more operations go
 */
export async function scale(
  postgres: RunningPostgres,
  surroundings: Omit<Surroundings, 'databaseUrl'>,
  settings: ScaleSettings,
  directory: string,
  say: (line: string) => void,
): Promise<Growth> {
  const programs: Program[] = [];
  const start = async (url: string, name: string, file?: string): Promise<Program> => {
    const program = await startSelf({ ...surroundings, databaseUrl: url }, name, file);
    programs.push(program);
    return program;
  };
  try {
    const cases: Case[] = [];
    let smallest: { readonly url: string; readonly requests: Requests } | undefined;
    for (const tasks of new Set([
      ...SIZES.filter((size) => size < settings.maxTasks),
      settings.maxTasks,
    ])) {
      const url = await makeDatabase(postgres, `scale_${tasks}`);
      const program = await start(url, `scale-${tasks}`);
      for (const population of populationsOf(tasks, settings.maxTasks)) {
        const started = performance.now();
        await populate(url, population);
        const seconds = ((performance.now() - started) / 1_000).toFixed(0);
        const kind = `a user with ${counted(population.tasksEach)}`;
        say(`${counted(tasks)}: ${population.users} times ${kind}, filled in ${seconds} s`);
        await vacuum(url);
        const accounts = await accountsOf(url, population, ACCOUNTS, surroundings.jwtSecret);
        const requests = dataRequests(accounts, await cursorsOf(url, accounts));
        cases.push({ name: `${counted(tasks)}, ${kind}`, program, requests });
        smallest ??= { url, requests };
      }
      await checkpoint(url);
    }
    const data = await rounds(cases, settings, say);

    const contracts: Case[] = [];
    if (smallest !== undefined) {
      const { get, list } = smallest.requests;
      if (!get || !list) throw new Error('There are no requests to compare.');
      for (const total of [documentedOperations, ...settings.operations]) {
        const copy = join(directory, `operations-${total}`);
        const file = await serverWithOperations(copy, total);
        const program = await start(smallest.url, `operations-${total}`, file);
        contracts.push({ name: `${total} operations`, program, requests: { get, list } });
      }
    }
    return { data, operations: await rounds(contracts, settings, say) };
  } finally {
    for (const program of programs) await program.stop();
  }
}

/** A data set: users with ten tasks each, and from a certain size on some with very many. */
function populationsOf(tasks: number, maxTasks: number): Population[] {
  const tasksEach = Math.min(BIG_USER, maxTasks);
  const small = (count: number) => ({
    prefix: 'small-',
    users: Math.ceil(count / SMALL_USER),
    tasksEach: SMALL_USER,
  });
  if (tasks < tasksEach) return [small(tasks)];
  const users = Math.max(1, Math.floor(tasks / (10 * tasksEach)));
  // Where one user's tasks would be the whole set, they come on top of it.
  const rest = tasks === tasksEach ? tasks : tasks - users * tasksEach;
  return [small(rest), { prefix: 'big-', users, tasksEach }];
}

function dataRequests(
  accounts: readonly Account[],
  cursors: ReadonlyMap<string, string>,
): Requests {
  const each = (make: (account: Account) => Call) => () => {
    const calls = accounts.map(make);
    let index = 0;
    return (): Call => calls[index++ % calls.length] ?? make(...(accounts as [Account]));
  };
  return {
    get: (seed) => callsOf('get', accounts, seed),
    list: each((account) => listCall(account, `?limit=${PAGE}`)),
    'deep page': each((account) =>
      listCall(account, `?limit=${PAGE}&cursor=${cursors.get(account.userId) ?? ''}`),
    ),
    create: each(createCall),
  };
}

/** For each user the cursor after which only the oldest tasks come. */
async function cursorsOf(url: string, accounts: readonly Account[]): Promise<Map<string, string>> {
  const rows = await query<{ user_id: string; id: string; created_at: Date }>(
    url,
    'SELECT user_id, id::text, created_at FROM tasks WHERE user_id = ANY ($1) AND revision = $2',
    [accounts.map(({ userId }) => userId), PAGE + 1],
  );
  const scope = { sort: '-created_at', completed: undefined } as const;
  return new Map(
    rows.map(({ user_id, id, created_at }) => [
      user_id,
      encodeCursor(scope, { key: created_at.toISOString(), id }),
    ]),
  );
}

async function rounds(
  cases: readonly Case[],
  settings: ScaleSettings,
  say: (line: string) => void,
): Promise<GrowthFigures[]> {
  const samples: Sample[] = [];
  for (let round = 0; round <= settings.rounds; round += 1) {
    // Round 0 warms up.
    const seconds = round === 0 ? settings.warmUpSeconds : settings.seconds;
    for (const operation of Object.keys(cases[0]?.requests ?? {})) {
      for (const { name, program, requests } of cases) {
        const next = requests[operation]?.(round);
        if (!next) continue;
        const before = await usageOf(program.pid);
        const { port } = program;
        const result = await closedLoop({ port, next, connections: settings.connections, seconds });
        const after = await usageOf(program.pid);
        await program.truncateLog();
        if (round === 0) continue;
        const cpu = (after.cpuMicroseconds - before.cpuMicroseconds) / result.answered;
        samples.push({ ...result, situation: name, operation, round, cpuMicroseconds: cpu });
      }
    }
    if (round > 0) say(`round ${round} of ${settings.rounds}`);
  }
  return growthOf(samples);
}

function counted(tasks: number): string {
  return `${tasks.toLocaleString('en').replaceAll(',', ' ')} tasks`;
}
