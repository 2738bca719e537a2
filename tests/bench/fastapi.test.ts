import { expect, test } from '@jest/globals';
import { end, makeTemporaryDirectory, run } from '../support/stack.ts';

test('npm run bench installs fastapi from what is pinned, has the same answers from it, and measures it', async () => {
  const directory = await makeTemporaryDirectory();
  const short = ['--rounds', '1', '--seconds', '0.05', '--connections', '2'];
  const args = ['scripts/bench.ts', '--out', directory.path, ...short, '--peers', 'fastapi'];
  const program = run(process.execPath, args);
  try {
    expect({ code: await program.ended, stderr: program.stderr() }).toMatchObject({ code: 0 });
    expect(program.stderr()).toContain('Bodies are equal: todo-api, fastapi.');
    expect(program.stdout()).toMatch(/^\| mix +\| fastapi +\|/m);
  } finally {
    await end(program);
    await directory.remove();
  }
});
