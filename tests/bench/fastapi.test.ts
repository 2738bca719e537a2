import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  end,
  makeTemporaryDirectory,
  run,
  type Program,
  type TemporaryDirectory,
} from '../support/stack.ts';

let directory: TemporaryDirectory;
let program: Program | undefined;

beforeEach(async () => {
  directory = await makeTemporaryDirectory();
});
afterEach(async () => {
  if (program) await end(program);
  program = undefined;
  await directory.remove();
});

test('npm run bench installs fastapi from what is pinned, has the same answers from it, and measures it', async () => {
  const short = ['--rounds', '1', '--seconds', '0.05', '--connections', '2'];
  const args = ['scripts/bench.ts', '--out', directory.path, ...short, '--peers', 'fastapi'];
  program = run(process.execPath, args);
  expect({ code: await program.ended, stderr: program.stderr() }).toMatchObject({ code: 0 });
  expect(program.stderr()).toContain('Bodies are equal: todo-api, fastapi.');
  expect(program.stdout()).toMatch(/^\| mix +\| fastapi +\|/m);
});
