import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';

/** How a program ended. */
export interface Ended {
  readonly passed: boolean;
  /** What it wrote, to either output. */
  readonly output: string;
  readonly seconds: number;
  readonly timedOut: boolean;
}

/** Where and for how long a program runs. */
interface RunOptions {
  readonly directory: string;
  /** In milliseconds; then it is killed, with everything that it has started. */
  readonly timeout: number;
  /** Called with what it writes, as it writes it. */
  readonly onOutput?: (text: string) => void;
}

/** The process groups that are running, so that nothing outlives this process. */
const running = new Set<number>();

/** Runs a program of its own process group to its end, with Node's own programs of this repository in its path. */
export async function run(
  [program = '', ...args]: readonly string[],
  { directory, timeout, onOutput }: RunOptions,
): Promise<Ended> {
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
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    if (pid !== undefined) killGroup(pid);
  }, timeout);
  if (pid !== undefined) running.add(pid);
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    const seconds = (performance.now() - startedAt) / 1000;
    return { passed: code === 0, output, seconds, timedOut };
  } finally {
    clearTimeout(timer);
    if (pid !== undefined) running.delete(pid);
  }
}

/** Ends everything that is still running: for the end of this process. */
export function killAll(): void {
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
