/**
 * Runs Schemathesis against a real server, and again through Prism as a validating proxy.
 */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { operations } from '../generated/operations.ts';
import { contractFile } from '../src/contract/document.ts';
import { startDatabases } from './gates/database.ts';
import { installSchemathesis, runSchemathesis, type Answers } from './gates/schemathesis.ts';
import { startGateServer } from './gates/server.ts';
import { startPrism } from './mock/prism.ts';

const HELP = `Usage: npm run test:fuzz [-- --long] [--seed NUMBER] [--examples NUMBER]

Installs Schemathesis (Python 3.11 or later with venv is needed), starts a PostgreSQL, servers and Prism of its own, and runs the
phases examples, coverage, fuzzing and stateful with every check, first directly, then through Prism; at last, what
Prism has to refuse. Fails on any failure or warning, and when an operation was never reached: see schemathesis.toml
and tests/fuzz/hooks.py.

  --long             1000 examples for each operation, and a new seed
  --examples NUMBER  this many examples for each operation; default 60
  --seed NUMBER      of the random numbers; default 1
  --help             show this
`;

const EVERY_PHASE = 'examples,coverage,fuzzing,stateful';

/** A run of Schemathesis, and the statuses that it must have brought about on each operation. */
interface Run {
  readonly name: string;
  readonly throughPrism: boolean;
  readonly phases: string;
  readonly options: readonly string[];
  readonly statuses: readonly RegExp[];
  /** On those that need no token. */
  readonly publicStatuses: readonly RegExp[];
}

/** What Prism's own refusals cannot pass: schemathesis.toml says why. */
const OF_THE_SERVER =
  'status_code_conformance,response_headers_conformance,response_schema_conformance,unsupported_method';

const RUNS: readonly Run[] = [
  {
    name: 'directly',
    throughPrism: false,
    phases: EVERY_PHASE,
    options: ['--mode', 'all'],
    statuses: [/2../, /400/, /401/],
    publicStatuses: [/200/],
  },
  {
    name: 'through Prism',
    throughPrism: true,
    phases: EVERY_PHASE,
    options: ['--mode', 'positive'],
    statuses: [/2../],
    publicStatuses: [/200/],
  },
  {
    name: 'refused by Prism',
    throughPrism: true,
    phases: 'coverage',
    options: ['--mode', 'negative', '--exclude-checks', OF_THE_SERVER],
    statuses: [/422/, /401/],
    publicStatuses: [/4../],
  },
];

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      long: { type: 'boolean', default: false },
      examples: { type: 'string' },
      seed: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const examples = number(values.examples ?? (values.long ? '1000' : '60'));
  const seed = number(values.seed ?? (values.long ? String(Date.now() % 1_000_000) : '1'));
  const program = await installSchemathesis();
  await using cleanup = new AsyncDisposableStack();
  const databases = await startDatabases();
  cleanup.defer(() => databases.stop());
  const limits = ['--max-examples', String(examples), '--seed', String(seed)];
  for (const run of RUNS) {
    process.stdout.write(`\nSchemathesis ${run.name}: ${examples} examples, seed ${seed}\n`);
    await using server = await startServer(
      await databases.create(run.name.replaceAll(' ', '_')),
      run,
    );
    const options = ['--phases', run.phases, '--checks', 'all', ...run.options, ...limits];
    const { passed, answers } = await runSchemathesis(program, server.url, options);
    for (const line of server.failures()) process.stdout.write(`the server logged: ${line}\n`);
    const missing = missingAnswers(answers, run);
    process.stdout.write(table(answers));
    for (const one of missing)
      process.stderr.write(`Schemathesis ${run.name}: never brought about ${one}\n`);
    if (!passed || missing.length > 0 || server.failures().length > 0) process.exitCode = 1;
  }
}

function number(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`${text} is not a number. See --help.`);
  return Number(text);
}

async function startServer(databaseUrl: string, { throughPrism }: Run) {
  const server = await startGateServer(databaseUrl);
  const proxy = throughPrism ? await startProxy(server.url) : undefined;
  return {
    url: (proxy ?? server).url,
    failures: () => server.failures(),
    async [Symbol.asyncDispose]() {
      await proxy?.stop();
      await server.stop();
    },
  };
}

/** What breaks the contract on the way in or out is answered with an error of Prism's own, in which Schemathesis sees it. */
async function startProxy(upstream: string) {
  const document = await readFile(contractFile, 'utf8');
  const args = [upstream, '--errors'];
  return startPrism({ command: 'proxy', document, args, onLine: () => undefined });
}

/** What says that the run has not reached what it is meant to test. */
function missingAnswers(answers: Answers, { statuses, publicStatuses }: Run): string[] {
  return Object.entries(operations).flatMap(([id, operation]) =>
    (operation.public ? publicStatuses : statuses)
      .filter((status) => status.source !== '400' || takesInput(operation))
      .filter((status) => !Object.keys(answers).some((key) => isOf(key, id) && status.test(key)))
      .map((status) => `${id} ${status.source}`),
  );
}

/** Whether there is more to get wrong than path and headers, which the random numbers may leave alone. */
function takesInput({
  requestMediaTypes,
  parameters,
}: (typeof operations)[keyof typeof operations]) {
  return requestMediaTypes.length + parameters.query.length > 0;
}

function isOf(key: string, operationId: string): boolean {
  return key.startsWith(`${operationId} `);
}

function table(answers: Answers): string {
  const lines = Object.keys(operations).map((id) => {
    const counts = Object.entries(answers)
      .filter(([key]) => isOf(key, id))
      .map(([key, count]) => `${key.slice(id.length + 1)}: ${count}`);
    return `  ${id.padEnd(18)} ${counts.toSorted().join(', ')}\n`;
  });
  return lines.join('');
}

try {
  await main();
} catch (error) {
  process.stderr.write(`test:fuzz: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
