import { execFile } from 'node:child_process';
import { access, cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { mutate, type Mutant } from './mutant.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What is shared with the copies, because it is large and no mutation touches it. */
const SHARED = ['node_modules', '.cache'];

/**
 * The tests that fail merely because what they expect to edit is gone, whatever the mutant does: those of this harness, and
 * those that make mistakes of their own in a copy.
 */
export const LEFT_OUT: readonly string[] = [
  'tests/scripts/mutation',
  'tests/governance/contract-rules.test.ts',
  'tests/contract/drift.test.ts',
];

/** What `npm run generate` writes. */
const GENERATED = ['generated', 'docs/errors.md'];

async function git(directory: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('git', args, {
    cwd: directory,
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}

/**
 * Makes a copy of this tree as it is, with what is not committed, and without what git ignores. It is a repository of its
 * own, with one commit, so that the copy can be compared with it.
 *
 * @param directory where; it must not be there yet
 */
export async function copyTree(directory: string): Promise<void> {
  const list = await git(ROOT, 'ls-files', '-z', '--cached', '--others', '--exclude-standard');
  const isLeftOut = (file: string) => LEFT_OUT.some((start) => file.startsWith(start));
  const files = list.split('\0').filter((file) => file !== '' && !isLeftOut(file));
  for (const file of files) {
    const isThere = await access(join(ROOT, file)).then(
      () => true,
      () => false, // Deleted, and the deletion not committed.
    );
    if (!isThere) continue;
    await mkdir(dirname(join(directory, file)), { recursive: true });
    await cp(join(ROOT, file), join(directory, file));
  }
  for (const name of SHARED) {
    await mkdir(join(ROOT, name), { recursive: true });
    await symlink(join(ROOT, name), join(directory, name));
  }
  const identity = ['-c', 'user.name=mutation', '-c', 'user.email=mutation@localhost'];
  for (const args of [
    ['init', '--quiet'],
    ['add', 'generated', 'docs'],
    [...identity, 'commit', '--quiet', '--no-verify', '--message', 'As it is'],
  ]) {
    await git(directory, ...args);
  }
}

/**
 * Puts a mutation into a copy.
 *
 * @returns takes it out again, with everything that was generated from it
 * @throws Error when what is to be replaced is not there exactly once
 */
export async function plant(
  mutant: Mutant,
  directory: string,
  unmutated: string,
): Promise<() => Promise<void>> {
  const path = join(directory, mutant.file);
  const text = await readFile(path, 'utf8');
  await writeFile(path, mutate(text, mutant));
  return async () => {
    for (const name of GENERATED) {
      await rm(join(directory, name), { recursive: true, force: true });
      await cp(join(unmutated, name), join(directory, name), { recursive: true });
    }
    await writeFile(path, text);
  };
}
