/**
 * Runs every gate there is, and says at the end what each one covered and found.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { table } from './mutation/report.ts';
import { killAll, run } from './mutation/run.ts';
import { countDocumented, type Documented } from './verify/documented.ts';
import { verifyGates, type VerifyGate } from './verify/gates.ts';
import { provide } from './verify/needs.ts';

const HELP = `Usage: npm run verify [-- options]

Runs every gate: those of npm test, and those that need PgBouncer, Redis, Prometheus, Chromium,
Python or Go. As root, where there is apt-get, what is missing is installed. All of them are run, whatever the others say, and a table at the end says what each covered, what
it found, and how long it took. Fails when one fails, and when one cannot be run.

  --only NAMES     these, separated by commas
  --skip NAMES     all but these
  --allow-missing  do not fail for a gate that cannot be run
  --mutants N      examine N mutants, by chance; default all of them
  --seed S         of the choice of mutants; default 1
  --long           fuzz with a thousand examples for each operation
  --list           only say which gates there are
  --help           show this
`;

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The mutants take the longest: hours, if all of them are asked of every gate. */
const TIMEOUT = 6 * 3_600_000;

interface Row {
  readonly gate: string;
  readonly covered: string;
  readonly result: 'passed' | 'failed' | 'not run';
  readonly seconds: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      skip: { type: 'string' },
      'allow-missing': { type: 'boolean', default: false },
      mutants: { type: 'string' },
      seed: { type: 'string', default: '1' },
      long: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const mutants = values.mutants === undefined ? undefined : Number(values.mutants);
  const all = verifyGates({ mutants, seed: values.seed, isLong: values.long });
  const only = names(values.only, all) ?? all.map(({ name }) => name);
  const skip = names(values.skip, all) ?? [];
  const gates = all.filter(({ name }) => only.includes(name) && !skip.includes(name));
  if (values.list) {
    for (const { name, script, args } of gates) {
      process.stdout.write(`${name.padEnd(14)} npm run ${[script, ...args].join(' ')}\n`);
    }
    return;
  }

  const documented = await countDocumented(`${ROOT}/generated/openapi.json`);
  const rows: Row[] = [];
  for (const gate of gates) rows.push(await pass(gate, documented));
  process.stdout.write(`\n${report(rows)}\n`);
  const isMissed = (result: string) => result === 'not run' && !values['allow-missing'];
  if (rows.some(({ result }) => result === 'failed' || isMissed(result))) process.exitCode = 1;
}

/** @throws Error when there is no gate of one of the names */
function names(list: string | undefined, gates: readonly VerifyGate[]): string[] | undefined {
  const wanted = list?.split(',');
  const unknown = wanted?.filter((name) => !gates.some((gate) => gate.name === name)) ?? [];
  if (unknown.length > 0) throw new Error(`There is no gate ${unknown.join(', ')}. See --list.`);
  return wanted;
}

async function pass(gate: VerifyGate, documented: Documented): Promise<Row> {
  const { name, script, args, need, covered } = gate;
  process.stdout.write(`\n=== ${name}: npm run ${[script, ...args].join(' ')}\n`);
  const onOutput = (text: string) => void process.stdout.write(text);
  const missing = need && (await provide(need, ROOT, onOutput));
  if (missing !== undefined) return { gate: name, covered: missing, result: 'not run', seconds: 0 };
  const command = ['npm', 'run', '--silent', script, '--', ...args];
  const { passed, output, seconds } = await run(command, {
    directory: ROOT,
    timeout: TIMEOUT,
    onOutput,
  });
  const result = passed ? 'passed' : 'failed';
  return { gate: name, covered: covered(output, documented), result, seconds };
}

function report(rows: readonly Row[]): string {
  return table([
    ['gate', 'result', 'seconds', 'covered'],
    ...rows.map(({ gate, covered, result, seconds }) => [
      gate,
      result,
      seconds.toFixed(0).padStart(7),
      covered,
    ]),
  ]).join('\n');
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    killAll();
    process.exit(1);
  });
}

try {
  await main();
} catch (error) {
  process.stderr.write(`verify: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
