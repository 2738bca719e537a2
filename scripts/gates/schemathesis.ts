import { spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TEST_JWT_SECRET } from '../../tests/support/tokens.ts';
import { signLocalToken } from '../local/token.ts';
import { provideEnvironment } from './virtual-environment.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const environment = {
  directory: join(root, '.cache/schemathesis'),
  requirements: join(root, 'tests/fuzz/requirements.txt'),
  program: 'st',
};

/** For how long the users' tokens are good, in seconds: longer than any run. */
const TOKEN_TTL = 86_400;

/** How often an operation answered with a status; the key is `operationId status`. */
export type Answers = Readonly<Record<string, number>>;

/**
 * Installs Schemathesis into a virtual environment of its own, unless these very versions are there.
 *
 * @returns the path of its program
 * @throws when there is no Python 3.11 or later with venv, or pip fails; both have said why
 */
export function installSchemathesis(): Promise<string> {
  return provideEnvironment(environment, run);
}

/**
 * Runs Schemathesis on the contract, with two users, as schemathesis.toml says. Its report goes to our output.
 *
 * @param url where to send the requests
 * @param options of `st run`
 * @returns whether it has nothing to complain of, and what was answered
 */
export async function runSchemathesis(
  program: string,
  url: string,
  options: readonly string[],
): Promise<{ readonly passed: boolean; readonly answers: Answers }> {
  const directory = await mkdtemp(join(tmpdir(), 'todo-api-fuzz-'));
  try {
    const auth = await Promise.all(['owner', 'stranger'].map(userNamed));
    const [users, answers] = [join(directory, 'users.json'), join(directory, 'answers.json')];
    await writeFile(users, JSON.stringify({ auth }));
    const code = await exitCode(
      program,
      ['run', 'generated/openapi.json', '--url', url, ...options],
      {
        env: {
          ...process.env,
          FUZZ_AUTH: users,
          FUZZ_ANSWERS: answers,
          HYPOTHESIS_STORAGE_DIRECTORY: join(root, '.cache/hypothesis'),
          FUZZ_JWT_SECRET: TEST_JWT_SECRET,
        },
      },
    );
    const counted = JSON.parse(await readFile(answers, 'utf8')) as Answers;
    return { passed: code === 0, answers: counted };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** A user as Web Fuzzing Commons describes one. */
async function userNamed(subject: string) {
  const token = await signLocalToken({ secret: TEST_JWT_SECRET, subject, ttl: TOKEN_TTL });
  return { name: subject, fixedHeaders: [{ name: 'Authorization', value: `Bearer ${token}` }] };
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const code = await exitCode(command, args);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} failed.`);
}

async function exitCode(
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<number | null> {
  const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}
