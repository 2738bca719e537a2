import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const logger = fileURLToPath(new URL('../../src/telemetry/logger.ts', import.meta.url));

/** Runs what logs, with the log as `log`, and reads nothing until it has ended or waits for a reader. */
async function linesOf(program: string): Promise<any[]> {
  const source = `
    import { createLogger } from ${JSON.stringify(logger)};
    const log = createLogger('info');
    const pad = 'x'.repeat(200);
    ${program}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  await once(child.stderr, 'data');
  const written = await text(child.stdout);
  await closed;
  expect(written.endsWith('\n')).toBe(true);
  return written
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

test.each([
  ['the end of its work', ''],
  ['process.exit', 'process.exit();'],
  ['a fatal line', "log.fatal({ index: index++ }, 'failed'); process.exit(1);"],
])('all lines are there, and whole, after %s and a slow reader', async (_what, ending) => {
  const lines = await linesOf(`
    let index = 0;
    let turns = 0;
    const turn = () => {
      for (let count = 0; count < 60; count += 1) log.info({ index: index++, pad }, 'request');
      if ((turns += 1) < 50) setImmediate(turn);
      else { process.stderr.write('soon'); ${ending} }
    };
    turn();`);
  expect(lines.length).toBeGreaterThanOrEqual(3_000);
  // At such an end the last may come before those that another thread is just writing.
  const indices = lines.map(({ index }) => Number(index)).sort((a, b) => a - b);
  expect(indices).toEqual(lines.map((_line, index) => index));
});
