import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { access, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { startPrism } from '../../scripts/mock/prism.ts';
import { urlOf } from '../../scripts/mock/run.ts';
import { contractFile } from '../../src/contract/document.ts';
import { end, run, signalGroup, type Program } from '../support/stack.ts';
import { startMock, untilRunning } from './mock.ts';

const programs: Program[] = [];
const started = <P extends Program>(program: P): P => {
  programs.push(program);
  return program;
};
afterEach(async () => {
  for (const program of programs.splice(0)) await end(program);
});

const isUp = (url: string) =>
  fetch(`${url}/livez`).then(
    ({ ok }) => ok,
    () => false,
  );

test('npm run mock runs until Ctrl-C, and leaves nothing behind', async () => {
  const args = ['run', 'mock', '--', '--port', '0'];
  const mock = started(await untilRunning(run('npm', args), /The mock is running at (\S+)/));
  expect(await isUp(mock.url)).toBe(true);
  signalGroup(mock, 'SIGINT');
  // The end of its output: Prism, which writes into it too, has ended as well.
  await mock.ended;
  expect(await isUp(mock.url)).toBe(false);
}, 90_000);

test('SIGTERM ends it with 0', async () => {
  const mock = started(await startMock());
  mock.child.kill('SIGTERM');
  expect(await mock.ended).toBe(0);
  expect(await isUp(mock.url)).toBe(false);
}, 90_000);

test('SIGKILL does not leave Prism behind', async () => {
  const mock = started(await startMock());
  mock.child.kill('SIGKILL');
  // It ends when nobody holds its standard error any more, which Prism has inherited.
  expect(await mock.ended).toBe('SIGKILL');
}, 90_000);

// It would start again on another port, where the front does not ask it.
test.each(['mock', 'proxy'] as const)(
  'prism %s has no file to watch that could change',
  async (command) => {
    const children: ChildProcess[] = [];
    const collect = (message: unknown) =>
      children.push((message as { process: ChildProcess }).process);
    subscribe('child_process', collect);
    const document = await readFile(contractFile, 'utf8');
    const args = command === 'proxy' ? ['http://127.0.0.1:1'] : [];
    const prism = await startPrism({ command, document, args, onLine: () => undefined });
    try {
      const files = children.flatMap(({ spawnargs }) =>
        spawnargs.filter((arg) => arg.endsWith('.json')).map((file) => resolve(file)),
      );
      expect(files).toHaveLength(1);
      expect(files).not.toContain(contractFile);
      await expect(access(files[0]!)).rejects.toThrow('ENOENT');
    } finally {
      unsubscribe('child_process', collect);
      await prism.stop();
    }
  },
  90_000,
);

test.each([
  ['scripts/mock.ts', '--port', 'x', '--port takes'],
  ['scripts/mock-proxy.ts', '--upstream', 'x', '--upstream takes'],
])('%s refuses %s %s', async (script, option, value, sentence) => {
  const program = started(run(process.execPath, [script, option, value]));
  expect(await program.ended).toBe(1);
  expect(program.stderr()).toContain(sentence);
});

test.each(['scripts/mock.ts', 'scripts/mock-proxy.ts'])('%s has --help', async (script) => {
  const program = started(run(process.execPath, [script, '--help']));
  expect(await program.ended).toBe(0);
  expect(program.stdout()).toMatch(/^Usage: npm run /);
});

test.each([
  ['IPv4', '127.0.0.1', 'http://127.0.0.1:4010'],
  ['IPv6', '::', 'http://[::]:4010'],
])('an address of %s is said as a URL', (family, address, url) => {
  expect(urlOf({ family, address, port: 4010 })).toBe(url);
});

test('a port that is taken is said in one line', async () => {
  const mock = started(await startMock());
  const port = new URL(mock.url).port;
  const second = started(run(process.execPath, ['scripts/mock.ts', '--port', port]));
  expect(await second.ended).toBe(1);
  expect(second.stderr()).toMatch(/EADDRINUSE/);
}, 90_000);
