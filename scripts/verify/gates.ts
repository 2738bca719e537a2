import type { Documented } from './documented.ts';
import { chromium, go, pgbouncer, prometheus, python, redis, type Need } from './needs.ts';

/** A gate of `npm run verify`. */
export interface VerifyGate {
  readonly name: string;
  readonly script: string;
  readonly args: readonly string[];
  readonly need?: Need;
  /** What it covered, from what it wrote. */
  readonly covered: (output: string, documented: Documented) => string;
}

/** How thoroughly the slow gates are run. */
export interface Thoroughness {
  /** How many mutants are examined; undefined: all. */
  readonly mutants: number | undefined;
  /** Of the choice of mutants. */
  readonly seed: string;
  /** Whether to fuzz with a thousand examples for each operation. */
  readonly isLong: boolean;
}

const everything = ({ operations, statuses, examples }: Documented) =>
  `${String(operations)} operations, ${String(statuses)} statuses, ${String(examples)} examples`;

/** The gates in order: those of `npm test`, and then those that need more. */
export function verifyGates({ mutants, seed, isLong }: Thoroughness): readonly VerifyGate[] {
  const sample = mutants === undefined ? [] : ['--sample', String(mutants), '--seed', seed];
  return [
    gate('stale', 'generate', (_, documented) => everything(documented), ['--check']),
    gate('compile', 'typecheck', (_, { operations }) => `${String(operations)} operations`),
    gate('lint', 'lint', (_, documented) => everything(documented)),
    gate('tests', 'jest', tests, ['--coverage']),
    gate('dredd', 'test:dredd', (output, { operations }) => {
      const [, statuses = '?', passed = '?', skipped = '?'] =
        /Dredd: (\d+) documented responses, (\d+) passed.* (\d+) skipped/.exec(output) ?? [];
      return `${String(operations)} operations, ${statuses} statuses, of which ${passed} passed and ${skipped} were skipped`;
    }),
    gate('workflows', 'test:workflows', tests),
    gate('neon', 'test:neon', tests),
    gate('pgbouncer', 'test:pgbouncer', tests, [], pgbouncer),
    gate('staleness', 'test:staleness', tests),
    gate('redis', 'test:redis', tests, [], redis),
    gate('metrics', 'test:metrics', tests, [], prometheus),
    gate('bench', 'test:bench', tests, [], python),
    gate('browser', 'test:browser', tests, [], chromium),
    gate('schemathesis', 'test:fuzz', fuzz, isLong ? ['--long'] : [], python),
    gate('breaking', 'test:breaking', breaking, [], go),
    gate('mutation', 'test:mutation', mutation, sample),
  ];
}

function gate(
  name: string,
  script: string,
  covered: VerifyGate['covered'],
  args: readonly string[] = [],
  need?: Need,
): VerifyGate {
  return { name, script, args, covered, ...(need && { need }) };
}

function tests(output: string): string {
  const count = /^Tests: .*?(\d+) passed/m.exec(output)?.[1] ?? 'no';
  const files = /^Test Suites: .*?(\d+) passed/m.exec(output)?.[1] ?? 'no';
  return `${count} tests in ${files} files`;
}

/** From the table at the end of each run: `  listTasks   200: 12, 400: 30`. */
function fuzz(output: string): string {
  const rows = [...output.matchAll(/^ {2}([a-z][A-Za-z]+) +((?:\d{3}: \d+(?:, )?)+)$/gm)];
  const operations = new Set(rows.map(([, name]) => name));
  const statuses = new Set(
    rows.flatMap(([, name, counts]) =>
      Array.from(counts?.matchAll(/(\d{3}):/g) ?? [], ([, status]) => `${name} ${status}`),
    ),
  );
  const requests = rows
    .flatMap(([, , counts]) => Array.from(counts?.matchAll(/: (\d+)/g) ?? []))
    .reduce((sum, [, count]) => sum + Number(count), 0);
  const examples = /: (\d+) examples, seed/.exec(output)?.[1] ?? '?';
  return `${String(operations.size)} operations, ${String(statuses.size)} statuses, ${examples} examples each, ${String(requests)} requests`;
}

function breaking(output: string): string {
  const paths = /removal of any of the (\d+) paths/.exec(output)?.[1] ?? 'no';
  return `${paths} paths, ${tests(output)}`;
}

function mutation(output: string): string {
  const caught = /\d+ of \d+ mutants caught/.exec(output)?.[0] ?? 'nothing';
  const seed = / --seed (\d+) takes them again/.exec(output)?.[1];
  return seed === undefined ? caught : `${caught}, seed ${seed}`;
}
