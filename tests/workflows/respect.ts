import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { signToken } from '../support/tokens.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What the journeys take: two users who have never been there. */
export interface Inputs {
  readonly user_id: string;
  readonly token: string;
  readonly other_user_id: string;
  readonly other_token: string;
}

/** The steps of a journey by their names, as they went. */
export interface Journey {
  readonly exitCode: number;
  readonly passed: readonly string[];
  readonly failed: readonly string[];
}

/** Two new users, each with a token. */
export async function newUsers(): Promise<Inputs> {
  const [one, other] = [randomUUID(), randomUUID()];
  return {
    user_id: one,
    token: await signToken({ sub: one }),
    other_user_id: other,
    other_token: await signToken({ sub: other }),
  };
}

/**
 * Makes a journey of `openapi/workflows/` by `redocly respect`.
 *
 * @param name of its file, without `.arazzo.yaml`
 * @param origin of the server, without a slash at the end
 * @throws what respect wrote, when it could not even begin
 */
export async function respect(name: string, origin: string, inputs: Inputs): Promise<Journey> {
  const directory = await mkdtemp(join(tmpdir(), 'todo-api-respect-'));
  const report = join(directory, 'report.json');
  const file = `openapi/workflows/${name}.arazzo.yaml`;
  const args = ['respect', file, `--server=todo=${origin}`, `--json-output=${report}`];
  // Tokens do not belong on a command line.
  const env = { ...process.env, REDOCLY_CLI_RESPECT_INPUT: JSON.stringify(inputs) };
  try {
    const { exitCode, said } = await run('redocly', args, env);
    const text = await readFile(report, 'utf8').catch(() => {
      throw new Error(`redocly respect: ${said}`);
    });
    const [{ executedWorkflows }] = Object.values<any>(JSON.parse(text).files) as [any];
    const steps = executedWorkflows.flatMap((workflow: any) => workflow.executedSteps);
    const hasPassed = ({ checks }: any): boolean =>
      checks.every((check: any) => check.status === 'success');
    return {
      exitCode,
      passed: steps.filter(hasPassed).map(({ stepId }: any) => stepId),
      failed: steps.filter((step: any) => !hasPassed(step)).map(({ stepId }: any) => stepId),
    };
  } finally {
    await rm(directory, { recursive: true });
  }
}

function run(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ exitCode: number; said: string }> {
  return new Promise((resolve, reject) => {
    const path = join(root, 'node_modules/.bin', program);
    execFile(path, args, { cwd: root, env }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : error.code;
      if (typeof exitCode === 'number') resolve({ exitCode, said: stdout + stderr });
      else reject(new Error(`${program} did not run`, { cause: error }));
    });
  });
}
