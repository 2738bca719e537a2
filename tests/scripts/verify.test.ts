import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { countDocumented } from '../../scripts/verify/documented.ts';
import { verifyGates } from '../../scripts/verify/gates.ts';
import { provide } from '../../scripts/verify/needs.ts';
import { operations } from '../support/contract.ts';
import { read, root } from '../docs/markdown.ts';

const documented = { operations: 13, statuses: 111, examples: 63 };
const gates = verifyGates({ mutants: undefined, seed: '1', isLong: false });
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

describe('npm run verify', () => {
  test('has every script that tests something', () => {
    const run = new Set(gates.map(({ script }) => script));
    const testing = Object.keys(scripts).filter((name) => name.startsWith('test:'));
    expect(testing.filter((name) => !run.has(name))).toEqual([]);
    expect([...run].filter((name) => !(name in scripts))).toEqual([]);
  });

  test('has every part of npm test', () => {
    const parts = scripts.test!.split('&&').map((part) => / run ([\w:]+)/.exec(part)?.[1]);
    const run = gates.map(({ script }) => script);
    expect(run).toEqual(expect.arrayContaining(parts));
  });

  test('counts what the contract documents', async () => {
    const counted = await countDocumented(fileURLToPath(new URL('generated/openapi.json', root)));
    expect(counted.operations).toBe(operations.length);
    expect(counted.statuses).toBe(
      operations.reduce((sum, { responses }) => sum + Object.keys(responses).length, 0),
    );
    expect(counted.examples).toBeGreaterThan(operations.length);
  });

  test.each([
    ['tests', 'Test Suites: 1 skipped, 98 passed, 99 total\nTests:       2034 passed, 2034 total'],
    ['dredd', 'Dredd: 111 documented responses, 109 passed, 0 failed, 0 errors, 2 skipped'],
    [
      'schemathesis',
      'Schemathesis directly: 60 examples, seed 1\n  listTasks          200: 12, 400: 30\n  getLiveness        200: 5\n',
    ],
    [
      'mutation',
      '4 mutants chosen by chance: --sample 4 --seed 7 takes them again\n4 of 4 mutants caught: 100.0 %',
    ],
  ])('reads what %s covered from what it wrote', (name, output) => {
    const gate = gates.find((one) => one.name === name);
    expect(gate?.covered(output, documented)).toBe(
      {
        tests: '2034 tests in 98 files',
        dredd: '13 operations, 111 statuses, of which 109 passed and 2 were skipped',
        schemathesis: '2 operations, 3 statuses, 60 examples each, 47 requests',
        mutation: '4 of 4 mutants caught, seed 7',
      }[name],
    );
  });
});

describe('what a gate needs', () => {
  const packages = ['a-package-that-no-debian-has'];
  const directory = fileURLToPath(root);
  const output: string[] = [];
  const keep = (text: string) => void output.push(text);

  test('is not installed when it is there', async () => {
    const need = { name: 'Node', probe: ['node', '--version'], packages };
    expect(await provide(need, directory, keep)).toBeUndefined();
    expect(output).toEqual([]);
  });
});
