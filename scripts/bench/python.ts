import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * A Python with exactly the given packages, in a virtual environment that is made once.
 *
 * @param directory where it is kept
 * @param requirements the file that pins the packages
 * @param say told why there is none
 * @returns the interpreter; `undefined` where Python is missing or the packages are not to be had
 */
export async function pythonFor(
  directory: string,
  requirements: string,
  say: (line: string) => void,
): Promise<string | undefined> {
  const python = join(directory, 'bin/python');
  const stamp = join(directory, 'requirements.txt');
  const wanted = await readFile(requirements, 'utf8');
  if ((await readFile(stamp, 'utf8').catch(() => '')) === wanted) return python;
  try {
    await rm(directory, { recursive: true, force: true });
    await run('python3', ['-m', 'venv', directory]);
    say('Installing the Python packages of fastapi, once.');
    await run(python, ['-m', 'pip', 'install', '--quiet', '--requirement', requirements]);
    await writeFile(stamp, wanted);
    return python;
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    say(`Without fastapi: it needs python3 with venv and pip (${why}).`);
    return undefined;
  }
}
