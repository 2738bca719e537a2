/**
 * Measures what a cache of tasks could save at most: what an answer from the database costs beyond asking for the revision.
 */
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { callsOf, randomFrom, type Account, type Call } from './bench/calls.ts';
import { pinProcessors } from './bench/cpus.ts';
import {
  accountsOf,
  makeDatabase,
  populate,
  query,
  startDatabase,
  vacuum,
} from './bench/database.ts';
import { closedLoop } from './bench/load.ts';
import type { Program } from './bench/program.ts';
import { spreadOf } from './bench/statistics.ts';
import { startSelf } from './bench/targets.ts';
import { usageOf } from './bench/usage.ts';

const HELP = `Usage: npm run cache-cost -- [--rounds N] [--seconds N]

Asks a server for single tasks and for lists of 20, with and without an entity tag that is up to date, in turns.
Prints the CPU time that server and database need for a request, as medians over the rounds. Linux only.

  --rounds N   how many turns each has; default 7
  --seconds N  how long a turn is; default 3
  --help       show this
`;

const TASKS_EACH = 40;
const USERS = { prefix: 'user-', users: 500, tasksEach: TASKS_EACH };
const CONNECTIONS = 8;

interface Cost {
  readonly server: number;
  readonly database: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '7' },
      seconds: { type: 'string', default: '3' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const out = resolve('.artifacts/cache-cost');
  await mkdir(join(out, 'logs'), { recursive: true });
  const { serverPrefix } = pinProcessors();
  const postgres = await startDatabase(out);
  let program: Program | undefined;
  try {
    const databaseUrl = await makeDatabase(postgres, 'cache_cost');
    await populate(databaseUrl, USERS);
    await vacuum(databaseUrl);
    const jwtSecret = randomBytes(32).toString('base64url');
    const accounts = await accountsOf(databaseUrl, USERS, USERS.users, jwtSecret);
    program = await startSelf({
      databaseUrl,
      poolMax: 10,
      jwtSecret,
      serverPrefix,
      logs: join(out, 'logs'),
      cache: join(out, 'cache'),
    });
    const costs = await measure(
      program,
      databaseUrl,
      accounts,
      Number(values.rounds),
      Number(values.seconds),
    );
    process.stdout.write(report(costs));
  } finally {
    await program?.stop();
    await postgres.stop();
  }
}

/** The tag of what `populate` made: each task was one write of its user, in the order of the ids. */
function conditional(make: () => Call, tag: (call: Call) => number): () => Call {
  return () => {
    const call = make();
    const field = `If-None-Match: "${tag(call)}"\r\nAccept:`;
    return { request: call.request.replace('Accept:', field), status: 304 };
  };
}

function situations(accounts: readonly Account[], seed: number): Record<string, () => Call> {
  const revisions = new Map(
    accounts.flatMap(({ taskIds }) => taskIds.map((id, index) => [id, index + 1] as const)),
  );
  const idOf = ({ request }: Call) => /tasks\/(\S+)/.exec(request)?.[1] ?? '';
  const random = randomFrom(seed);
  const get = callsOf('get', accounts, Math.floor(random() * 1e6));
  const list = callsOf('list', accounts, Math.floor(random() * 1e6));
  return {
    'task, 200': get,
    'task, 304': conditional(get, (call) => revisions.get(idOf(call)) ?? 0),
    'list of 20, 200': list,
    'list of 20, 304': conditional(list, () => TASKS_EACH),
  };
}

async function measure(
  program: Program,
  databaseUrl: string,
  accounts: readonly Account[],
  rounds: number,
  seconds: number,
): Promise<Map<string, Cost[]>> {
  const costs = new Map<string, Cost[]>();
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, next] of Object.entries(situations(accounts, round))) {
      const before = await used(program, databaseUrl);
      const { port } = program;
      const { answered } = await closedLoop({ port, next, connections: CONNECTIONS, seconds });
      const after = await used(program, databaseUrl);
      await program.truncateLog();
      // Round 0 warms up, and opens all connections.
      if (round === 0) continue;
      const cost = {
        server: (after.server - before.server) / answered,
        database: (after.database - before.database) / answered,
      };
      costs.set(name, [...(costs.get(name) ?? []), cost]);
    }
  }
  return costs;
}

/** CPU time so far of the server, and of the database's processes that serve it, in microseconds. */
async function used({ pid }: Program, databaseUrl: string): Promise<Cost> {
  const backends = await query<{ pid: number }>(
    databaseUrl,
    `SELECT pid FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`,
  );
  const usages = await Promise.all(backends.map((backend) => usageOf(backend.pid)));
  const { cpuMicroseconds: server } = await usageOf(pid);
  return { server, database: usages.reduce((sum, usage) => sum + usage.cpuMicroseconds, 0) };
}

function report(costs: ReadonlyMap<string, readonly Cost[]>): string {
  const rows = [...costs].map(([name, turns]) => {
    const { median: server } = spreadOf(turns.map((cost) => cost.server));
    const { median: database } = spreadOf(turns.map((cost) => cost.database));
    return `| ${name.padEnd(15)} | ${server.toFixed(0).padStart(9)} | ${database.toFixed(0).padStart(11)} |\n`;
  });
  return `| answer          | server µs | database µs |\n| --------------- | --------: | ----------: |\n${rows.join('')}`;
}

await main();
