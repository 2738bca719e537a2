import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, chmod, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readPostmaster } from '../../scripts/local/postmaster.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const startTimeout = 40_000;

/** A program that runs, and what it has written. */
export interface Program {
  readonly child: ChildProcess;
  /** Resolves with the exit code, or the name of the signal that ended it, when it and all it wrote has come to an end. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  stdout(): string;
  stderr(): string;
}

/** A local stack that answers. */
export interface Stack extends Program {
  /** Of the API, without a slash at the end. */
  readonly url: string;
}

export interface TemporaryDirectory {
  readonly path: string;
  remove(): Promise<void>;
}

/** A new temporary directory that any user may pass through, and how to remove it. */
export async function makeTemporaryDirectory(): Promise<TemporaryDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'todo-api-start-'));
  await chmod(path, 0o755);
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}

/**
 * Runs a program in the repository, in a process group of its own as a terminal does, without the configuration and the
 * npm variables of the program that runs the tests; npm says nothing but errors.
 */
export function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Program {
  const inherited = ['PATH', 'HOME', 'TMPDIR'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  const child = spawn(command, args, {
    cwd: root,
    env: { ...Object.fromEntries(inherited), npm_config_loglevel: 'error', ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const written = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (written.stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (written.stderr += chunk));
  return {
    child,
    ended: once(child, 'close').then(
      ([code, signal]: (number | NodeJS.Signals | null)[]) => code ?? signal ?? null,
    ),
    stdout: () => written.stdout,
    stderr: () => written.stderr,
  };
}

/** `npm start` on that data, with a free port unless PORT is given. */
export function npmStart(data: string, env: Readonly<Record<string, string>> = {}): Program {
  return run('npm', ['start', '--', '--data', data], { PORT: '0', LOG_LEVEL: 'warn', ...env });
}

/** The same without npm, for tests that want the script's own process. */
export function nodeStart(data: string, env: Readonly<Record<string, string>> = {}): Program {
  const args = ['scripts/start.ts', '--data', data];
  return run(process.execPath, args, { PORT: '0', LOG_LEVEL: 'warn', ...env });
}

/**
 * Waits until the stack says where it answers.
 *
 * @throws what it has written, when it ends or is silent
 */
export async function untilRunning(program: Program): Promise<Stack> {
  const deadline = Date.now() + startTimeout;
  for (;;) {
    const url = /is running at (\S+)/.exec(program.stdout())?.[1];
    // The token comes a few lines after the address, with the last line.
    if (url !== undefined && program.stdout().includes('--sub bob')) return { ...program, url };
    const { exitCode, signalCode } = program.child;
    if (exitCode !== null || signalCode !== null || Date.now() > deadline) {
      throw new Error(`The stack did not start: ${program.stdout()}${program.stderr()}`);
    }
    await sleep(20);
  }
}

/** What Ctrl-C in a terminal does: a signal for every process of the group. */
export function pressCtrlC(program: Program): void {
  signalGroup(program, 'SIGINT');
}

/** Ends a program, whatever has become of it, so that nothing of it keeps the test run waiting. */
export async function end(program: Program): Promise<void> {
  const { exitCode, signalCode, stdout, stderr } = program.child;
  if (exitCode === null && signalCode === null) pressCtrlC(program);
  await Promise.race([program.ended, sleep(10_000, undefined, { ref: false })]);
  stdout?.destroy();
  stderr?.destroy();
}

/** Signals every process of the program's group. */
export function signalGroup({ child }: Program, signal: NodeJS.Signals): void {
  if (child.pid === undefined) throw new Error('The program was not started.');
  process.kill(-child.pid, signal);
}

/** Whether a PostgreSQL runs on the data of a stack. */
export async function isDatabaseRunning(data: string): Promise<boolean> {
  return (await readPostmaster(join(data, 'postgres', 'data')))?.alive === true;
}

/** Whether anything answers there. */
export async function answers(url: string): Promise<boolean> {
  return fetch(`${url}/livez`).then(
    (response) => response.ok,
    () => false,
  );
}
