import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { copyTree, plant } from './copy.ts';
import { ask, gatesNamed, type Gate, type Verdict } from './gates.ts';
import type { Mutant } from './mutant.ts';
import { complete } from './run.ts';

/** What became of a mutant. */
export interface Fate {
  readonly name: string;
  readonly kind: Mutant['kind'];
  readonly file: string;
  /** Who saw it: the first gate, or with `allGates` every one. Empty: it survived. */
  readonly caught: readonly {
    readonly by: string;
    readonly inTest: boolean;
    readonly says: string;
  }[];
  readonly seconds: number;
}

/** Which gates are asked of each mutant. */
export interface Asked {
  readonly gates: readonly Gate[];
  /** All of them, and not only until one has seen it. */
  readonly all: boolean;
  /** Believe what was said only once. */
  readonly isQuick: boolean;
}

/** Where mutants are examined: a copy to plant them in, and one to see that a gate is content without them. */
export interface Laboratory {
  /**
   * @throws BrokenTreeError when a gate complains of the tree without the mutant, too
   * @throws KilledError when a gate was killed twice
   */
  examine(mutant: Mutant, asked: Asked): Promise<Fate>;
}

/** A gate complains of the tree as it is, so that what it says of mutants means nothing. */
export class BrokenTreeError extends Error {
  override readonly name = 'BrokenTreeError';
}

/** The tree without any mutation. */
export interface Control {
  readonly directory: string;
  /** @throws BrokenTreeError when a gate complains of this tree, too */
  vouchFor(verdict: Verdict): Promise<void>;
}

/**
 * Makes the copy in which nothing is mutated, and sees that it can be derived and compiled. The other gates are asked when
 * they complain of a mutant, and of exactly what they complain of, each only once.
 *
 * @throws BrokenTreeError when it cannot
 */
export async function createControl(directory: string): Promise<Control> {
  await copyTree(directory);
  await mkdir(join(directory, '.artifacts'), { recursive: true });
  for (const { name, commands } of gatesNamed(['stale', 'lint', 'compile'])) {
    await assertContent(name, commands({}), directory);
  }
  const known = new Map<string, Promise<void>>();
  let last: Promise<unknown> = Promise.resolve();
  return {
    directory,
    vouchFor({ by, again }) {
      const key = JSON.stringify(again);
      // One after the other: they share the directory.
      const answer = known.get(key) ?? last.then(async () => assertContent(by, again, directory));
      known.set(key, answer);
      last = answer.catch(() => undefined);
      return answer;
    },
  };
}

async function assertContent(
  name: string,
  commands: readonly (readonly string[])[],
  directory: string,
): Promise<void> {
  const first = await ask(name, commands, directory);
  const { passed, by, says } = first.passed ? first : await ask(name, commands, directory);
  if (!passed) throw new BrokenTreeError(`Without any mutation, ${by} says:\n${says}`);
}

/** Makes a copy in which one mutant after the other is planted. */
export async function createLaboratory(directory: string, control: Control): Promise<Laboratory> {
  await cp(control.directory, directory, { recursive: true, verbatimSymlinks: true });
  return {
    async examine(mutant, asked) {
      const startedAt = performance.now();
      const uproot = await plant(mutant, directory, control.directory);
      const caught: { by: string; inTest: boolean; says: string }[] = [];
      try {
        const derived = await derive(mutant, directory);
        if (derived && !derived.passed)
          caught.push({ by: 'generate', inTest: true, says: derived.says });
        for (const gate of asked.gates) {
          if (caught.length > 0 && (!asked.all || derived?.passed === false)) break;
          if (!gate.concerns(mutant)) continue;
          const verdict = await ask(gate.name, gate.commands(mutant), directory);
          if (verdict.passed) continue;
          // What does not fail again has failed because the machine is slow, or by chance: it is no finding.
          const isSure =
            gate.isCertain ||
            asked.isQuick ||
            !(await ask(gate.name, verdict.again, directory)).passed;
          if (!isSure) continue;
          await control.vouchFor(verdict);
          caught.push({ by: verdict.by, inTest: gate.inTest, says: verdict.says });
        }
      } finally {
        await uproot();
      }
      const { name, kind, file } = mutant;
      return { name, kind, file, caught, seconds: (performance.now() - startedAt) / 1000 };
    },
  };
}

/** Derives again what a mutant has changed the source of, as somebody careless does who wants the gates to be quiet. */
async function derive(
  { kind, file }: Mutant,
  directory: string,
): Promise<Pick<Verdict, 'passed' | 'says'> | undefined> {
  if (kind !== 'document' && file !== 'src/contract/problems.ts') return undefined;
  const command = ['node', 'scripts/generate.ts'];
  const { passed, output } = await complete('generate', command, { directory, timeout: 300_000 });
  return { passed, says: output.trim().slice(-600) };
}
