/**
 * Runs Dredd on the contract: each documented response of each operation is brought about on a real server and compared.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import Dredd, { type Stats } from 'dredd';
import { SKIPPED, SKIPS, type Stage } from '../tests/dredd/arrange.ts';
import {
  documentedTransactions,
  setStage,
  skippableTransactions,
  type Performed,
} from '../tests/dredd/hooks.ts';
import { startGate } from '../tests/support/gate.ts';
import { execute, startDatabases } from './gates/database.ts';
import { faultsOf } from './gates/dredd-verdict.ts';
import { startGateServer } from './gates/server.ts';

const HELP = `Usage: npm run test:dredd [-- --verbose]

Starts a PostgreSQL and servers of its own, and runs Dredd on generated/openapi.json: every documented response of
every operation is a transaction, and tests/dredd/ arranges the state of each. Exits with 1 when one fails, when a
transaction is missing, when one is skipped without a reason, and when their number is another than was counted.

  --verbose   everything that Dredd says, with its warnings about OpenAPI 3.1
  --help      show this
`;

const fromRoot = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  await using cleanup = new AsyncDisposableStack();
  const stage = await setUp(cleanup);
  const performed = setStage(stage);
  const stats = await runDredd(stage, values.verbose);
  report(stats, performed);
}

async function setUp(cleanup: AsyncDisposableStack): Promise<Stage> {
  const databases = await startDatabases();
  cleanup.defer(() => databases.stop());
  const start = async (databaseUrl: string, env: Readonly<Record<string, string>> = {}) => {
    const server = await startGateServer(databaseUrl, { DATABASE_POOL_MAX: '3', ...env });
    cleanup.defer(() => server.stop());
    return server.url;
  };
  const databaseUrl = await databases.create('usual');
  const brokenUrl = await databases.create('broken');
  const gate = await startGate(databaseUrl);
  cleanup.defer(() => gate.close());
  const [usual, strict, limited, cutOff, broken] = await Promise.all([
    start(databaseUrl),
    start(databaseUrl, { REQUIRE_IF_MATCH: 'on' }),
    start(databaseUrl, { RATE_LIMIT: '1/3600' }),
    start(gate.url),
    start(brokenUrl),
  ]);
  await execute(brokenUrl, 'DROP TABLE idempotency_keys, tasks, users');
  return { usual, strict, limited, cutOff, broken, databaseUrl };
}

function runDredd(stage: Stage, isVerbose: boolean): Promise<Stats> {
  const dredd = new Dredd({
    endpoint: stage.usual,
    path: [fromRoot('generated/openapi.json')],
    hookfiles: [fromRoot('tests/dredd/hooks.cjs')],
    loglevel: isVerbose ? 'debug' : 'error',
    color: process.stdout.isTTY,
  });
  return new Promise((resolve, reject) => {
    dredd.run((error, stats) => (error ? reject(error) : resolve(stats)));
  });
}

/** Says what was covered, and what is wrong with it. */
function report(stats: Stats, performed: Performed): void {
  const faults = faultsOf(
    { stats, ...performed },
    { documented: documentedTransactions(), skippable: skippableTransactions(), skips: SKIPS },
  );
  for (const [name, reason] of Object.entries(SKIPPED)) {
    process.stdout.write(`skipped: ${name}, ${reason}\n`);
  }
  const { tests, passes, failures, errors } = stats;
  process.stdout.write(
    `Dredd: ${tests} documented responses, ${passes} passed, ${failures} failed, ${errors} errors, ${performed.skipped.length} skipped\n`,
  );
  for (const fault of faults) process.stderr.write(`Dredd: ${fault}\n`);
  if (faults.length > 0) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`test:dredd: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
