import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createLaboratory, type Fate } from '../../scripts/mutation/examine.ts';
import { ask, type Gate } from '../../scripts/mutation/gates.ts';
import type { Mutant } from '../../scripts/mutation/mutant.ts';
import { complete } from '../../scripts/mutation/run.ts';

/** Notes that it was run, and is killed as often as it is told; then it ends with a status of its own. */
const killed = (times: number, status: number) => [
  'sh',
  '-c',
  `echo run >> runs; [ "$(wc -l < runs)" -gt ${times} ] || kill -KILL $$; echo ended; exit ${status}`,
];

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'todo-api-killed-'));
});
afterEach(() => rm(directory, { recursive: true }));

const runs = async (from = directory) =>
  (await readFile(join(from, 'runs'), 'utf8')).trim().split('\n').length;

describe('a gate that is killed', () => {
  test.each([
    [0, true],
    [1, false],
  ])('is asked again, and then its status of %d counts', async (status, passed) => {
    expect(await ask('compile', [killed(1, status)], directory)).toMatchObject({ passed });
    expect(await runs()).toBe(2);
  });

  test('twice stops everything, with its name', async () => {
    await expect(ask('compile', [killed(9, 1)], directory)).rejects.toThrow(
      'compile was killed twice (SIGKILL, SIGKILL)',
    );
    expect(await runs()).toBe(2);
  });

  test('is seen to be through a shell, which tells it by its status', async () => {
    const command = ['sh', '-c', 'sh -c "kill -KILL \\$\\$"; exit $?'];
    await expect(ask('dredd', [command], directory)).rejects.toThrow('(signal 9, signal 9)');
  });

  test('is not what ends with a status that only looks like a signal', async () => {
    expect(await ask('lint', [killed(0, 255)], directory)).toMatchObject({ passed: false });
    expect(await runs()).toBe(1);
  });

  test('because it takes too long is killed by us', async () => {
    const command = ['sh', '-c', 'echo run >> runs; exec sleep 600'];
    // Long enough for a shell to begin even on a machine that is busy.
    await expect(complete('dredd', command, { directory, timeout: 2_000 })).rejects.toThrow(
      'dredd was killed twice (no end in 2 seconds, no end in 2 seconds)',
    );
    expect(await runs()).toBe(2);
  });

  test('is not what one is that complains', async () => {
    expect(await ask('lint', [killed(0, 1)], directory)).toMatchObject({ passed: false });
    expect(await runs()).toBe(1);
  });
});

describe('a mutant', () => {
  const mutant: Mutant = {
    name: 'two is three',
    kind: 'document',
    file: 'two.txt',
    find: '2',
    replace: '3',
  };

  /** Examines it in a tree of its own, with one gate. */
  async function examine(generate: string, command: readonly string[]): Promise<Fate> {
    const unmutated = join(directory, 'unmutated');
    for (const name of ['docs', 'generated', 'scripts']) {
      await mkdir(join(unmutated, name), { recursive: true });
    }
    await writeFile(join(unmutated, 'docs/errors.md'), '');
    await writeFile(join(unmutated, 'two.txt'), '2');
    await writeFile(join(unmutated, 'scripts/generate.ts'), generate);
    const control = { directory: unmutated, vouchFor: () => Promise.resolve() };
    const laboratory = await createLaboratory(join(directory, 'mutated'), control);
    const gate: Gate = {
      name: 'compile',
      inTest: true,
      isCertain: true,
      concerns: () => true,
      commands: () => [command],
    };
    return laboratory.examine(mutant, { gates: [gate], all: false, isQuick: false });
  }

  test('survives when the gates are killed once, and have nothing to say', async () => {
    const once = `
      import { appendFileSync, readFileSync } from 'node:fs';
      appendFileSync('derived', '.');
      if (readFileSync('derived', 'utf8') === '.') process.kill(process.pid, 'SIGKILL');
    `;
    expect(await examine(once, killed(1, 0))).toMatchObject({ caught: [] });
    const mutated = join(directory, 'mutated');
    expect(await runs(mutated)).toBe(2);
    expect(await readFile(join(mutated, 'derived'), 'utf8')).toBe('..');
  });

  test('is caught by the complaint after a kill', async () => {
    const { caught } = await examine('', killed(1, 1));
    expect(caught).toEqual([{ by: 'compile', inTest: true, says: 'ended' }]);
  });

  test('is caught by nobody when generating is killed twice', async () => {
    await expect(examine(`process.kill(process.pid, 'SIGKILL');`, killed(0, 0))).rejects.toThrow(
      'generate was killed twice (SIGKILL, SIGKILL)',
    );
  });

  test('is caught by nobody when a certain gate is killed twice', async () => {
    await expect(examine('', killed(9, 1))).rejects.toThrow('compile was killed twice');
    // It is taken out of the tree all the same.
    expect(await readFile(join(directory, 'mutated/two.txt'), 'utf8')).toBe('2');
  });
});
