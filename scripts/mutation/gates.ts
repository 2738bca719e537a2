import { join, relative } from 'node:path';
import { readFile, rm } from 'node:fs/promises';
import { complete } from './run.ts';
import type { Mutant } from './mutant.ts';

/** Something that may see that a mutant is wrong. */
export interface Gate {
  readonly name: string;
  /** Whether `npm test` has it. */
  readonly inTest: boolean;
  /** Whether it says the same of the same tree, however slow the machine is. */
  readonly isCertain: boolean;
  /** Whether it could see this mutant at all. */
  readonly concerns: (mutant: Mutant) => boolean;
  /** What is run for this mutant, one program after the other. */
  readonly commands: (mutant: Pick<Mutant, 'tests'>) => readonly (readonly string[])[];
}

/** What a gate said of a tree. */
export interface Verdict {
  readonly passed: boolean;
  /** The gate, or the group of tests of it, that found something. */
  readonly by: string;
  /** What it said: the tests that failed, or the last lines of its output. */
  readonly says: string;
  /** What to run to have it said again; it is less than the whole gate where it is clear what of it failed. */
  readonly again: readonly (readonly string[])[];
}

/** Far above what any gate takes. */
const TIMEOUT = 20 * 60_000;

const JEST = [
  'node',
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
  '--bail=1',
  // A test that fails may leave a server running, for which jest would wait.
  '--forceExit',
];

const REPORT = '.artifacts/jest.json';

const isDocument = ({ kind }: Mutant) => kind === 'document';
const isDerivedFrom = ({ file }: Mutant) =>
  /^(openapi|generated|docs)\/|^src\/contract\/problems/.test(file);
const always = () => true;

const tests = (...selection: string[]) => [
  [...JEST, '--json', `--outputFile=${REPORT}`, ...selection],
];

/**
 * The gates, the cheap ones first. ESLint, Prettier and knip are left out on purpose: an import that a mutation has made
 * superfluous is no reason to say that it was seen.
 */
export const gates: readonly Gate[] = [
  {
    name: 'stale',
    inTest: true,
    isCertain: true,
    // Others have been derived again.
    concerns: ({ kind }) => kind === 'generated',
    commands: () => [['node', 'scripts/generate.ts', '--check']],
  },
  {
    name: 'lint',
    inTest: true,
    isCertain: true,
    concerns: isDerivedFrom,
    commands: () => [
      ['redocly', 'lint', 'openapi/openapi.yaml'],
      ['spectral', 'lint', 'generated/openapi.json', '--fail-severity', 'hint', '--quiet'],
    ],
  },
  {
    name: 'compile',
    inTest: true,
    isCertain: true,
    concerns: ({ file }) => !file.endsWith('.sql'),
    // With what it knows from before, it takes a fraction of the time.
    commands: () => [['tsc', '--incremental', '--tsBuildInfoFile', '.artifacts/tsbuildinfo']],
  },
  {
    name: 'likely-tests',
    inTest: true,
    isCertain: false,
    concerns: ({ tests: likely = [] }) => likely.length > 0,
    commands: ({ tests: likely = [] }) => tests(...likely),
  },
  {
    name: 'dredd',
    inTest: true,
    isCertain: false,
    concerns: always,
    commands: () => [['npm', 'run', '--silent', 'test:dredd']],
  },
  { name: 'all-tests', inTest: true, isCertain: false, concerns: always, commands: () => tests() },
  {
    name: 'schemathesis',
    inTest: false,
    isCertain: false,
    concerns: always,
    commands: () => [['npm', 'run', '--silent', 'test:fuzz']],
  },
  {
    name: 'breaking-change',
    inTest: false,
    isCertain: true,
    concerns: isDocument,
    // The changelog is stale after any change, whether or not it breaks somebody.
    commands: () => [['node', 'scripts/api-changes.ts', '--base', 'HEAD', '--faults-only']],
  },
];

/**
 * The gates of these names, in their order.
 *
 * @throws Error when there is none of a name
 */
export function gatesNamed(names: readonly string[]): readonly Gate[] {
  const unknown = names.filter((name) => !gates.some((gate) => gate.name === name));
  if (unknown.length > 0) throw new Error(`There is no gate ${unknown.join(', ')}. See --help.`);
  return gates.filter(({ name }) => names.includes(name));
}

/**
 * Runs commands, until one fails, on a tree with a mutant planted or on one without.
 *
 * @param name of the gate that they belong to
 * @throws KilledError when one was killed twice, which is no complaint
 */
export async function ask(
  name: string,
  commands: readonly (readonly string[])[],
  directory: string,
): Promise<Verdict> {
  const report = join(directory, REPORT);
  await rm(report, { force: true });
  for (const command of commands) {
    const ended = await complete(name, command, { directory, timeout: TIMEOUT });
    if (ended.passed) continue;
    const failed = command.includes('--json') ? await failedTests(report, directory) : undefined;
    return { passed: false, by: name, says: tail(ended.output), again: [command], ...failed };
  }
  return { passed: true, by: name, says: '', again: [] };
}

function tail(output: string): string {
  return output.trim().split('\n').slice(-12).join('\n');
}

/** What is read of jest's report. */
interface JestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

async function failedTests(
  report: string,
  directory: string,
): Promise<Pick<Verdict, 'by' | 'says' | 'again'> | undefined> {
  const text = await readFile(report, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined; // It did not come to that: the setup has failed.
  const { testResults } = JSON.parse(text) as JestReport;
  const failed = testResults.filter(({ status }) => status === 'failed');
  const says = failed.flatMap(({ name, message, assertionResults }) => {
    const file = relative(directory, name);
    const names = assertionResults.filter(({ status }) => status === 'failed');
    return names.length === 0
      ? [`${file}: ${message.slice(0, 300)}`]
      : names.map(({ fullName }) => `${file}: ${fullName}`);
  });
  const files = failed.map(({ name }) => relative(directory, name));
  const [by] = files.map(group).sort(byCost);
  if (by === undefined) return undefined;
  return { by, says: says.slice(0, 5).join('\n'), again: tests(...files) };
}

/** The tests that are gates of their own, by their folder. */
function group(file: string): string {
  return file.startsWith('tests/contract/server-start') ? 'start' : (file.split('/')[1] ?? file);
}

const COST = ['start', 'unit', 'contract', 'operations'];

function byCost(one: string, other: string): number {
  return rank(one) - rank(other);
}

function rank(name: string): number {
  const index = COST.indexOf(name);
  return index < 0 ? COST.length : index;
}
