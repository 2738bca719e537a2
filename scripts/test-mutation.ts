/**
 * Breaks the contract, the server and the derived files on purpose, one thing at a time, and says which gate sees it.
 */
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { choose } from './mutation/choose.ts';
import { createControl, createLaboratory, type Asked, type Fate } from './mutation/examine.ts';
import { gates, gatesNamed } from './mutation/gates.ts';
import { mutate, type Mutant } from './mutation/mutant.ts';
import { mutants } from './mutation/mutants.ts';
import { line, reachesTargets, score, summary } from './mutation/report.ts';
import { killAll } from './mutation/run.ts';

const HELP = `Usage: npm run test:mutation [-- options]

Makes the mutations of scripts/mutation/mutants/, one at a time, in a copy of this tree, and runs the gates on each until
one sees it: derived files, lint, compiler, tests, Dredd, Schemathesis, breaking changes. Fails when a mutant survives, when
fewer are caught than must be, when a gate complains of the tree as it is, and when one is killed twice.

  --only PATTERN  those whose "kind: name" or file matches this regular expression
  --sample N      N of them, by chance
  --seed S        the same sample for the same number; default 1
  --jobs N        so many at a time; default 1 for every four cores
  --gates NAMES   only these, separated by commas: ${gates.map(({ name }) => name).join(', ')}
  --all-gates     run every gate on each, not only until one sees it
  --quick         believe a gate that complains only once, which a slow machine may make it do
  --output FILE   where the results go; default .artifacts/mutation.json
  --list          only say which there are
  --help          show this
`;

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Where the copies are, while there are any. */
let copies: string | undefined;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      sample: { type: 'string' },
      seed: { type: 'string', default: '1' },
      jobs: {
        type: 'string',
        default: String(Math.max(1, Math.floor(availableParallelism() / 4))),
      },
      gates: { type: 'string', default: gates.map(({ name }) => name).join(',') },
      'all-gates': { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      output: { type: 'string', default: join(ROOT, '.artifacts/mutation.json') },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const chosen = choose(mutants, {
    only: values.only,
    sample: values.sample === undefined ? undefined : number(values.sample),
    seed: number(values.seed),
  });
  if (values.list) {
    for (const { kind, file, name } of chosen) process.stdout.write(`${kind}: ${name} (${file})\n`);
    return;
  }
  if (values.sample !== undefined) {
    process.stdout.write(
      `${String(chosen.length)} mutants chosen by chance: --sample ${values.sample} --seed ${values.seed} takes them again\n`,
    );
  }
  if (chosen.length === 0) throw new Error('There is no such mutation. See --list.');

  const fates = await examineAll(chosen, number(values.jobs), {
    gates: gatesNamed(values.gates.split(',')),
    all: values['all-gates'],
    isQuick: values.quick,
    output: values.output,
  });
  process.stdout.write(summary(fates));
  if (!reachesTargets(score(fates))) process.exitCode = 1;
}

function number(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`${text} is not a number. See --help.`);
  return Number(text);
}

async function examineAll(
  chosen: readonly Mutant[],
  jobs: number,
  asked: Asked & { readonly output: string },
): Promise<Fate[]> {
  const directory = await mkdtemp(join(tmpdir(), 'todo-api-mutation-'));
  copies = directory;
  await mkdir(dirname(asked.output), { recursive: true });
  try {
    // Before hours are spent on the others.
    for (const mutant of chosen) mutate(await readFile(join(ROOT, mutant.file), 'utf8'), mutant);
    const control = await createControl(join(directory, 'unmutated'));
    const waiting = [...chosen];
    const fates: Fate[] = [];
    const work = async (_: unknown, index: number) => {
      const laboratory = await createLaboratory(
        join(directory, `mutated-${String(index)}`),
        control,
      );
      for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
        const fate = await laboratory.examine(mutant, asked);
        fates.push(fate);
        process.stdout.write(line(fate));
        await writeFile(
          asked.output,
          `${JSON.stringify({ score: score(fates), fates }, null, 2)}\n`,
        );
      }
    };
    await Promise.all(Array.from({ length: Math.min(jobs, chosen.length) }, work));
    return fates;
  } finally {
    killAll();
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    process.stderr.write(`test:mutation: ended by ${signal}\n`);
    killAll();
    if (copies) rmSync(copies, { recursive: true, force: true });
    process.exit(1);
  });
}

try {
  await main();
} catch (error) {
  process.stderr.write(
    `test:mutation: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = 1;
}
