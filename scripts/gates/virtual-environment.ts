import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A virtual environment of Python. */
export interface Environment {
  /** Where it is, absolute. */
  readonly directory: string;
  /** The path of the file with everything that it has, each in one version. */
  readonly requirements: string;
  /** The name of the program that it is there for. */
  readonly program: string;
}

/**
 * Makes a virtual environment, unless it is there with these very versions, and its program starts. One that was moved
 * or copied is made anew: its programs name its Python, and so the directory in which they were installed.
 *
 * @param run runs a program that ends well
 * @returns the path of the program
 * @throws what `run` does
 */
export async function provideEnvironment(
  { directory, requirements, program }: Environment,
  run: (command: string, args: readonly string[]) => Promise<void>,
): Promise<string> {
  const path = join(directory, 'bin', program);
  const installed = join(directory, 'installed.txt');
  const wanted = `# ${directory}\n${await readFile(requirements, 'utf8')}`;
  // It is absent when there is no environment, or one that was not finished.
  const present = await readFile(installed, 'utf8').catch(() => undefined);
  if (present === wanted && (await starts(path))) return path;
  await rm(directory, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', directory]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  await run(join(directory, 'bin/python'), [...pip, '--no-deps', '-r', requirements]);
  await writeFile(installed, wanted);
  return path;
}

/** Not when the Python that the environment was made with has gone. */
function starts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(path, ['--version'], (error) => resolve(error === null));
  });
}
