import { spawn } from 'node:child_process';
import { open, truncate } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readyDeadline = 180_000;
const stopDeadline = 15_000;

/** A server to be measured: how to start it. */
export interface ProgramOptions {
  readonly name: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly port: number;
  /** Where its output goes. */
  readonly logFile: string;
}

/** A server that answers. */
export interface Program {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  /** Empties its log, which grows by megabytes a second under load. */
  truncateLog(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts a server with exactly this environment, its output going to a file, and waits until it answers `/livez`.
 *
 * @throws Error when it ends, or does not answer within three minutes
 */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const { name, port, logFile } = options;
  const [command = '', ...args] = options.command;
  // For appending, so that what is written after the file was emptied begins at its beginning.
  await truncate(logFile).catch(() => undefined);
  const log = await open(logFile, 'a');
  const child = spawn(command, args, {
    cwd: root,
    env: { ...inherited(), ...options.env },
    stdio: ['ignore', log.fd, log.fd],
  });
  await log.close();
  let isRunning = true;
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      isRunning = false;
      resolve();
    };
    child.once('error', end).once('exit', end);
  });
  const stop = async (): Promise<void> => {
    if (!isRunning) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), stopDeadline);
    await ended;
    clearTimeout(timer);
  };

  const deadline = Date.now() + readyDeadline;
  const hasEnded = (): boolean => !isRunning;
  while (!(await answers(port))) {
    if (hasEnded()) throw new Error(`${name} has ended. See ${logFile}`);
    if (Date.now() > deadline) {
      await stop();
      throw new Error(`${name} does not answer. See ${logFile}`);
    }
    await sleep(50);
  }
  if (child.pid === undefined) throw new Error(`${name} was not started.`);
  return { name, pid: child.pid, port, truncateLog: () => truncate(logFile), stop };
}

function inherited(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG'];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

async function answers(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/livez`, { headers: { connection: 'close' } }).then(
    async (response) => {
      await response.arrayBuffer();
      return response.ok;
    },
    () => false,
  );
}
