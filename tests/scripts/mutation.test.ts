import { existsSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { choose } from '../../scripts/mutation/choose.ts';
import { LEFT_OUT } from '../../scripts/mutation/copy.ts';
import type { Fate } from '../../scripts/mutation/examine.ts';
import { mutate, type Mutant } from '../../scripts/mutation/mutant.ts';
import { mutants } from '../../scripts/mutation/mutants.ts';
import { line, reachesTargets, score, summary } from '../../scripts/mutation/report.ts';
import { read, root } from '../docs/markdown.ts';

const mutant: Mutant = {
  name: 'two is three',
  kind: 'behaviour',
  file: 'two.ts',
  find: '2',
  replace: '3',
};

describe('the mutations', () => {
  test.each(mutants.map((each) => [`${each.kind}: ${each.name}`, each] as const))(
    'can be made: %s',
    (_, each) => {
      const text = read(each.file);
      expect(mutate(text, each)).not.toBe(text);
    },
  );

  test('are more than sixty, of every kind, and each has a name of its own', () => {
    const names = mutants.map(({ kind, name }) => `${kind}: ${name}`);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(60);
    const counts = Map.groupBy(mutants, ({ kind }) => kind);
    expect(counts.get('document')?.length).toBeGreaterThanOrEqual(40);
    expect(counts.get('behaviour')?.length).toBeGreaterThanOrEqual(40);
    expect(counts.get('generated')?.length).toBeGreaterThanOrEqual(5);
  });

  test('are likely seen by tests that exist', () => {
    const named = new Set(mutants.flatMap(({ tests = [] }) => tests));
    const missing = [...named].filter(
      (name) =>
        !['', '.test.ts', '.ts', 'test.ts'].some((end) => existsSync(new URL(name + end, root))),
    );
    expect(missing).toEqual([]);
  });

  test('are not looked for by tests that are left out of the copies', () => {
    const exists = (name: string) =>
      ['', '.test.ts'].some((end) => existsSync(new URL(name + end, root)));
    expect(LEFT_OUT.filter((name) => !exists(name))).toEqual([]);
    const likely = mutants.flatMap(({ tests = [] }) => tests);
    // Jest complains when it finds none of those it was asked for.
    const starts = LEFT_OUT.map((name) => name.replace(/\.test\.ts$/, ''));
    expect(likely.filter((test) => starts.some((start) => test.startsWith(start)))).toEqual([]);
  });

  test('take the owner out of every statement that names one', () => {
    const files = ['tasks/queries', 'tasks/writes', 'users/queries', 'users/erasure'];
    const others = ['db/revision', 'db/owner', 'db/idempotency-keys'];
    for (const file of [...files, ...others].map((name) => `src/${name}.ts`)) {
      const predicates = read(file).match(/WHERE \w*\.?user_id = \$\{/g) ?? [];
      // Where two of one statement say the same, only both at once make a difference.
      const taken = mutants.flatMap((each) =>
        each.file === file
          ? Array.from(each.find.matchAll(/WHERE \w*\.?user_id = \$\{|FROM users WHERE/g))
          : [],
      );
      expect({ file, taken: taken.length >= predicates.length }).toEqual({ file, taken: true });
    }
  });
});

describe('a mutation', () => {
  test('replaces one place, whatever the replacement looks like', () => {
    expect(mutate('1 + 2', { ...mutant, replace: '$&$1' })).toBe('1 + $&$1');
  });

  test.each([
    ['what it replaces is not there', '1 + 1'],
    ['what it replaces is there twice', '2 + 2'],
  ])('is refused when %s', (_, text) => {
    expect(() => mutate(text, mutant)).toThrow(/^two is three: two\.ts has [02] of/);
  });

  test('is refused when it changes nothing', () => {
    expect(() => mutate('2', { ...mutant, replace: '2' })).toThrow('it changes nothing');
  });
});

describe('a choice of mutants', () => {
  const all = Array.from({ length: 50 }, (_, index) => ({ ...mutant, name: `mutant ${index}` }));
  const everything = { only: undefined, sample: undefined, seed: 1 };

  test('is all of them, or those that match by kind and name or by file', () => {
    expect(choose(all, everything)).toEqual(all);
    expect(choose(all, { ...everything, only: '^behaviour: mutant 7$' })).toEqual([all[7]]);
    expect(choose(all, { ...everything, only: 'two.ts' })).toEqual(all);
    expect(choose(all, { ...everything, only: '^document' })).toEqual([]);
  });

  test('is the same sample for the same seed, and another for another', () => {
    const sample = choose(all, { ...everything, sample: 10 });
    expect(sample).toHaveLength(10);
    expect(choose(all, { ...everything, sample: 10 })).toEqual(sample);
    expect(choose(all, { ...everything, sample: 10, seed: 2 })).not.toEqual(sample);
  });
});

describe('the result', () => {
  const fate = (name: string, ...caught: [by: string, inTest: boolean][]): Fate => ({
    name,
    kind: 'behaviour',
    file: 'two.ts',
    caught: caught.map(([by, inTest]) => ({ by, inTest, says: '' })),
    seconds: 1,
  });
  const seen = fate('seen', ['unit', true]);
  const late = fate('late', ['schemathesis', false]);
  const survivor = fate('never seen');

  test('counts what was caught, and what by npm test alone, and names who survived', () => {
    expect(score([seen, late, survivor])).toEqual({
      total: 3,
      caught: 2,
      caughtInTest: 1,
      survivors: ['never seen'],
    });
    expect(summary([seen, late, survivor])).toContain('survived: never seen');
    expect(line(survivor)).toContain('SURVIVED');
    expect(line(seen)).toContain('unit');
  });

  test('is good enough only when nobody survives, and npm test sees nine of ten', () => {
    const nine = Array.from({ length: 9 }, () => seen);
    expect(reachesTargets(score([...nine, late]))).toBe(true);
    expect(reachesTargets(score([...nine.slice(1), late, late]))).toBe(false);
    expect(reachesTargets(score([...nine, ...nine, survivor]))).toBe(false);
  });
});
