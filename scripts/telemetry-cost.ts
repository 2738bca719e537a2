/**
 * Measures what metrics and traces cost a request, in CPU time of the server.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { migrate } from '../src/db/migrate.ts';
import { findFreePort } from './local/port.ts';
import { startPostgres } from './local/postgres.ts';
import { signLocalToken } from './local/token.ts';

const HELP = `Usage: npm run telemetry-cost -- [--rounds N] [--requests N] [--against DIR]

Runs the server several times at once, differing in what it records, and sends each the same requests, in turns.
Prints the CPU time of a request, as the median over the rounds. Linux only.

  --rounds N     how many turns each has; default 15
  --requests N   how many requests one turn has; default 2000
  --against DIR  another checkout of this repository, with everything off, to compare with
  --help         show this
`;

const SECRET = 'only-for-this-measurement-32-bytes-or-more';
const CLIENTS = 8;
const HERE = fileURLToPath(new URL('..', import.meta.url));
/** What Linux counts CPU time in, in milliseconds. */
const TICK = 10;

interface Variant {
  readonly name: string;
  readonly child: ChildProcess;
  readonly url: string;
  /** CPU time of one request in each round, in microseconds. */
  readonly costs: number[];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '15' },
      requests: { type: 'string', default: '2000' },
      against: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const directory = join(tmpdir(), `todo-api-telemetry-cost-${process.pid}`);
  const postgres = await startPostgres({ directory, persistent: false });
  const collector = createServer((req, res) => req.resume().on('end', () => res.end()));
  const variants: Variant[] = [];
  try {
    await migrate(postgres.url);
    collector.listen(await findFreePort(), '127.0.0.1');
    await once(collector, 'listening');
    const address = collector.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const metrics = { METRICS_PORT: String(await findFreePort()) };
    const traces = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` };
    const start = (name: string, root: string, env: Record<string, string>) =>
      startVariant(name, root, { DATABASE_URL: postgres.url, ...env });
    if (values.against !== undefined) {
      variants.push(await start('the other checkout', values.against, {}));
    }
    variants.push(await start('off', HERE, {}));
    variants.push(await start('metrics', HERE, metrics));
    variants.push(await start('traces', HERE, traces));
    await measure(variants, Number(values.rounds), Number(values.requests));
    report(variants);
  } finally {
    for (const { child } of variants) child.kill('SIGKILL');
    collector.close();
    collector.closeAllConnections();
    await postgres.stop();
  }
}

async function startVariant(
  name: string,
  root: string,
  env: Readonly<Record<string, string>>,
): Promise<Variant> {
  const child = spawn(process.execPath, ['src/server.ts'], {
    cwd: root,
    env: { JWT_SECRET: SECRET, PORT: '0', RATE_LIMIT: 'off', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface(child.stdout)) {
    const found = /"port":(\d+)\},"msg":"listening"/.exec(line)?.[1];
    if (found === undefined) continue;
    child.stdout.resume();
    return { name, child, url: `http://127.0.0.1:${found}`, costs: [] };
  }
  throw new Error(`The server did not start: ${name}`);
}

/** In turns, and every other round backwards, so that what the machine does besides falls on all alike. */
async function measure(
  variants: readonly Variant[],
  rounds: number,
  requests: number,
): Promise<void> {
  const headers = await createTasks(variants[0]);
  for (let round = 0; round <= rounds; round += 1) {
    for (const variant of round % 2 === 0 ? variants : variants.toReversed()) {
      const before = await cpuTime(variant.child);
      let left = requests;
      const send = async () => {
        while (left-- > 0) await get(`${variant.url}/api/ada/tasks?limit=20`, headers);
      };
      await Promise.all(Array.from({ length: CLIENTS }, send));
      const cost = ((await cpuTime(variant.child)) - before) / requests;
      // The first round is for the compiler.
      if (round > 0) variant.costs.push(cost * 1000);
    }
  }
}

async function createTasks(variant: Variant | undefined): Promise<Record<string, string>> {
  const token = await signLocalToken({ subject: 'ada', ttl: 86_400, secret: SECRET });
  const headers = { Authorization: `Bearer ${token}` };
  for (let count = 0; variant && count < 20; count += 1) {
    const { ok } = await fetch(`${variant.url}/api/ada/tasks`, {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: JSON.stringify({ title: `task ${count}` }),
    });
    if (!ok) throw new Error('A task could not be created.');
  }
  return headers;
}

async function get(url: string, headers: Readonly<Record<string, string>>): Promise<void> {
  const response = await fetch(url, { headers });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  await response.arrayBuffer();
}

/** User and system time of a process and its threads, in milliseconds (proc_pid_stat(5)). */
async function cpuTime({ pid }: ChildProcess): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK;
}

function report(variants: readonly Variant[]): void {
  const off = variants.find(({ name }) => name === 'off');
  process.stdout.write(
    'CPU a request, median (least to most), and the ratio to off, round by round\n',
  );
  for (const { name, costs } of variants) {
    const ratios = costs.map((cost, round) => cost / (off?.costs[round] ?? NaN));
    process.stdout.write(`${name.padEnd(20)}${spread(costs, 0)} us   ${spread(ratios, 3)}\n`);
  }
}

function spread(values: readonly number[], digits: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) =>
    (sorted[Math.round(share * (sorted.length - 1))] ?? NaN).toFixed(digits);
  return `${at(0.5)} (${at(0)} to ${at(1)})`;
}

await main();
