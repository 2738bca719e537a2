import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { performance } from 'node:perf_hooks';

/** How a program ended. */
export interface Ended {
  readonly passed: boolean;
  /** What it wrote, to either output. */
  readonly output: string;
  readonly seconds: number;
  /** What ended it, when it did not end by itself: then it has said nothing of the tree. */
  readonly killed: string | undefined;
}

/** A program that should say something of a tree was killed each time. */
export class KilledError extends Error {
  override readonly name = 'KilledError';
}

/** Where and for how long a program runs. */
interface RunOptions {
  readonly directory: string;
  /** In milliseconds; then it is killed, with everything that it has started. */
  readonly timeout: number;
  /** Called with what it writes, as it writes it. */
  readonly onOutput?: (text: string) => void;
}

const SIGNALS: ReadonlySet<number> = new Set(Object.values(constants.signals));

/** The process groups that are running, so that nothing outlives this process. */
const running = new Set<number>();
let isEnding = false;

/**
 * Runs a program of its own process group to its end, with Node's own programs of this repository in its path.
 *
 * @throws Error when it cannot be started, or everything was ended by killAll
 */
export async function run(
  [program = '', ...args]: readonly string[],
  { directory, timeout, onOutput }: RunOptions,
): Promise<Ended> {
  if (isEnding) throw new Error(`${program} is not started: everything is being ended`);
  const startedAt = performance.now();
  const child = spawn(program, args, {
    cwd: directory,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PATH: `${directory}/node_modules/.bin:${process.env.PATH ?? ''}`,
      NO_COLOR: '1',
      FORCE_COLOR: '0',
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      onOutput?.(text);
    });
  }
  const { pid } = child;
  let lateness: string | null = null;
  const timer = setTimeout(() => {
    lateness = `no end in ${String(timeout / 1000)} seconds`;
    if (pid !== undefined) killGroup(pid);
  }, timeout);
  if (pid !== undefined) running.add(pid);
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    const seconds = (performance.now() - startedAt) / 1000;
    return { passed: code === 0, output, seconds, killed: killer(lateness, signal, code) };
  } finally {
    clearTimeout(timer);
    if (pid !== undefined) running.delete(pid);
  }
}

function killer(
  lateness: string | null,
  signal: string | null,
  code: number | null,
): string | undefined {
  const reason = lateness ?? signal;
  if (reason !== null) return reason;
  // So shells, and npm with them, say that a signal has ended what they ran. Some programs end with 255 when they fail.
  const number = (code ?? 0) - 128;
  return SIGNALS.has(number) ? `signal ${String(number)}` : undefined;
}

/**
 * Runs a program that is asked about a tree, and once more if it was killed, be it by the system that had no memory left or
 * because it took too long.
 *
 * @param name of what asks, for the error
 * @throws KilledError when it was killed again
 */
export async function complete(
  name: string,
  command: readonly string[],
  options: RunOptions,
): Promise<Ended> {
  const first = await run(command, options);
  if (first.killed === undefined) return first;
  const second = await run(command, options);
  if (second.killed === undefined) return second;
  throw new KilledError(
    `${name} was killed twice (${first.killed}, ${second.killed}), which says nothing: ${command.join(' ')}\n${second.output.trim().slice(-600)}`,
  );
}

/** Ends everything that is still running, and lets nothing start any more: for the end of this process. */
export function killAll(): void {
  isEnding = true;
  for (const pid of running) killGroup(pid);
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // It has just ended by itself.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
