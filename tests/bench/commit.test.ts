import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { commitOf, gitEnvironment } from '../../scripts/bench/commit.ts';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../support/stack.ts';

let directory: TemporaryDirectory;
beforeEach(async () => {
  directory = await makeTemporaryDirectory();
});
afterEach(() => directory.remove());

// None of the settings, hooks and keys of whoever runs it.
const env = { ...gitEnvironment, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };

function git(...args: string[]): string {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
  const options = { cwd: directory.path, env, encoding: 'utf8' } as const;
  return execFileSync('git', [...identity, ...args], options);
}

test('the benchmark names the commit that it measures, and says whether that is all', async () => {
  git('init', '--quiet');
  git('commit', '--quiet', '--allow-empty', '--message', 'Begin');
  const commit = git('rev-parse', 'HEAD').trim();
  expect(await commitOf(directory.path)).toEqual({ commit, changed: false });
  await writeFile(join(directory.path, 'new.ts'), '');
  expect(await commitOf(directory.path)).toEqual({ commit, changed: true });
});

test('the benchmark names no commit where there is none', async () => {
  expect(await commitOf(directory.path)).toBeUndefined();
  expect(await commitOf(join(directory.path, 'absent'))).toBeUndefined();
});
