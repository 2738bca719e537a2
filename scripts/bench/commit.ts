import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What a figure is of. */
export interface Commit {
  readonly commit: string;
  /** Whether there is anything that is not in the commit. */
  readonly changed: boolean;
}

/** Without what git tells those whom it starts, hooks for example: they would be about its repository, wherever they look. */
export const gitEnvironment: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')),
);

/**
 * The commit that a directory is at.
 *
 * @returns nothing where git is absent, or does not know the directory
 */
export async function commitOf(directory: string): Promise<Commit | undefined> {
  const git = async (...args: string[]) => {
    const options = { cwd: directory, env: gitEnvironment };
    return (await promisify(execFile)('git', args, options)).stdout.trim();
  };
  try {
    const commit = await git('rev-parse', 'HEAD');
    const status = await git('status', '--porcelain', '--untracked-files=normal');
    return { commit, changed: status !== '' };
  } catch {
    return undefined;
  }
}
