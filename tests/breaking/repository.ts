import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const script = fileURLToPath(new URL('../../scripts/api-changes.ts', import.meta.url));
const contractUrl = new URL('../../generated/openapi.json', import.meta.url);
const execute = promisify(execFile);

/** How a run of the gate ended, and all that it said. */
export interface Verdict {
  readonly exitCode: number;
  readonly said: string;
}

/** A repository of nothing but a contract and its changelog. */
export interface Repository {
  readonly directory: string;
  git(...args: string[]): Promise<string>;
  /** Commits the contract after a change of it. */
  commit(change: (contract: any) => void): Promise<void>;
  /** Runs the gate, or with `--write` the changelog. */
  gate(...args: string[]): Promise<Verdict>;
  changelog(): Promise<string>;
  /** A clone of it, made with these options, in a directory of its own. */
  clone(...options: string[]): Promise<Repository>;
}

/**
 * Makes a repository in a new temporary directory, with the present contract as version 1.0.0, and its changelog.
 *
 * @param cleanup removes what was made
 */
export async function makeRepository(cleanup: AsyncDisposableStack): Promise<Repository> {
  const repository = at(await temporaryDirectory(cleanup), cleanup);
  await repository.git('init', '--quiet', '--initial-branch=main');
  await mkdir(join(repository.directory, 'generated'));
  await mkdir(join(repository.directory, 'docs'));
  await writeFile(
    join(repository.directory, 'generated/openapi.json'),
    await readFile(contractUrl),
  );
  await writeFile(join(repository.directory, 'docs/CHANGELOG.md'), '# Changelog\n\n## API\n');
  await repository.commit(({ info }) => (info.version = '1.0.0'));
  await repository.gate('--write');
  await repository.commit(() => undefined);
  return repository;
}

function at(directory: string, cleanup: AsyncDisposableStack): Repository {
  const contractPath = join(directory, 'generated/openapi.json');
  const git = async (...args: string[]): Promise<string> => {
    const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.com'];
    const { stdout } = await execute('git', ['-C', directory, ...who, ...args]);
    return stdout;
  };
  return {
    directory,
    git,
    async commit(change) {
      const contract = JSON.parse(await readFile(contractPath, 'utf8'));
      change(contract);
      await writeFile(contractPath, JSON.stringify(contract, null, 2));
      await git('add', '.');
      await git('commit', '--quiet', '--allow-empty', '--message=Change the contract');
    },
    gate: (...args) =>
      new Promise((resolve, reject) => {
        const all = [script, `--directory=${directory}`, ...args];
        execFile(process.execPath, all, (error, stdout, stderr) => {
          const exitCode = error === null ? 0 : error.code;
          if (typeof exitCode === 'number') resolve({ exitCode, said: stdout + stderr });
          else reject(new Error('The gate did not run.', { cause: error }));
        });
      }),
    changelog: () => readFile(join(directory, 'docs/CHANGELOG.md'), 'utf8'),
    async clone(...options) {
      const target = await temporaryDirectory(cleanup);
      // By its URL, because git ignores the depth of a clone by path.
      await execute('git', ['clone', '--quiet', ...options, `file://${directory}`, target]);
      return at(target, cleanup);
    },
  };
}

async function temporaryDirectory(cleanup: AsyncDisposableStack): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'todo-api-breaking-'));
  cleanup.defer(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
