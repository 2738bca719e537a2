import { cp, mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { provideEnvironment } from '../../scripts/gates/virtual-environment.ts';

let base: string;
let made: string[];
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'todo-venv-'));
  made = [];
  await writeFile(join(base, 'requirements.txt'), 'program==1\n');
});
afterEach(() => rm(base, { recursive: true }));

/** Node in the place of Python, which not every machine has: it runs the program by a path in its first line as well. */
async function run(command: string, args: readonly string[]): Promise<void> {
  if (command !== 'python3') return;
  const directory = String(args.at(-1));
  made.push(directory);
  await mkdir(join(directory, 'bin'), { recursive: true });
  await symlink(process.execPath, join(directory, 'bin/python'));
  const program = `#!${join(directory, 'bin/python')}\nprocess.exit(0);\n`;
  await writeFile(join(directory, 'bin/program'), program, { mode: 0o755 });
}

const provide = (name: string) =>
  provideEnvironment(
    {
      directory: join(base, name),
      requirements: join(base, 'requirements.txt'),
      program: 'program',
    },
    run,
  );

describe('a virtual environment', () => {
  test('is made once', async () => {
    expect(await provide('here')).toBe(join(base, 'here/bin/program'));
    expect(await provide('here')).toBe(join(base, 'here/bin/program'));
    expect(made).toStrictEqual([join(base, 'here')]);
  });

  test('is made anew when other versions are wanted', async () => {
    await provide('here');
    await writeFile(join(base, 'requirements.txt'), 'program==2\n');
    await provide('here');
    expect(made).toHaveLength(2);
  });

  test('is made anew when its directory has moved', async () => {
    await provide('here');
    await rename(join(base, 'here'), join(base, 'there'));
    await provide('there');
    expect(made).toStrictEqual([join(base, 'here'), join(base, 'there')]);
  });

  test('is made anew when it is a copy, which would run the programs of the original', async () => {
    await provide('here');
    await cp(join(base, 'here'), join(base, 'there'), { recursive: true });
    await provide('there');
    expect(made).toStrictEqual([join(base, 'here'), join(base, 'there')]);
  });

  test('is made anew when its Python has gone', async () => {
    await provide('here');
    await unlink(join(base, 'here/bin/python'));
    await provide('here');
    expect(made).toHaveLength(2);
  });

  test('is made anew when it was not finished', async () => {
    const broken = (command: string, args: readonly string[]) =>
      command === 'python3' ? run(command, args) : Promise.reject(new Error('no network'));
    const environment = {
      directory: join(base, 'here'),
      requirements: join(base, 'requirements.txt'),
      program: 'program',
    };
    await expect(provideEnvironment(environment, broken)).rejects.toThrow('no network');
    await provide('here');
    expect(made).toHaveLength(2);
  });
});
