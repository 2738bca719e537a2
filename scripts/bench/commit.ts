import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What a figure is of. */
export interface Commit {
  readonly commit: string;
  /** Whether there is anything that is not in the commit. */
  readonly changed: boolean;
}

/**
 * The commit that a directory is at.
 *
 * @returns nothing where git is absent, or does not know the directory
 */
export async function commitOf(directory: string): Promise<Commit | undefined> {
  const git = async (...args: string[]) =>
    (await promisify(execFile)('git', args, { cwd: directory })).stdout.trim();
  try {
    const commit = await git('rev-parse', 'HEAD');
    return { commit, changed: (await git('status', '--porcelain')) !== '' };
  } catch {
    return undefined;
  }
}
