import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { provideEnvironment } from '../gates/virtual-environment.ts';

const run = promisify(execFile);
const requirements = fileURLToPath(new URL('peers/fastapi/requirements.txt', import.meta.url));

/**
 * The program that runs the peer on FastAPI, with all its packages in a virtual environment that is made once.
 *
 * @param directory where that is kept, absolute
 * @param say told what takes time, and why there is none
 * @returns its path; `undefined` where Python is missing or the packages are not to be had
 */
export async function provideUvicorn(
  directory: string,
  say: (line: string) => void,
): Promise<string | undefined> {
  try {
    return await provideEnvironment(
      { directory, requirements, program: 'uvicorn' },
      async (command, args) => {
        await run(command, args);
        if (command === 'python3') say('Installing the Python packages of fastapi, once.');
      },
    );
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    say(`Without fastapi: it needs Python 3.11 or later with venv (${why}).`);
    return undefined;
  }
}
