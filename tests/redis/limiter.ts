import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { createAwaitedLimiter, type AwaitedLimiter } from '../support/rate-limiter.ts';
import { until } from '../support/until.ts';

/** An instance of the limiter, and what it says. */
export interface Instance {
  readonly limiter: AwaitedLimiter;
  /** What `onFallback` was called with. */
  readonly fallbacks: boolean[];
  /** The log, parsed. */
  readonly lines: { level: number; msg: string; reason?: string }[];
  /** The log as it was written. */
  log(): string;
}

/** Makes an instance, which connects in the background. */
export function createInstance(redisUrl: string, requests = 100, seconds = 60): Instance {
  const written: string[] = [];
  const fallbacks: boolean[] = [];
  const lines: Instance['lines'] = [];
  const write = (line: string) => {
    written.push(line);
    lines.push(JSON.parse(line));
  };
  const limiter = createAwaitedLimiter({
    limit: { requests, seconds },
    redisUrl,
    logger: pino({ level: 'trace' }, { write }),
    onFallback: (active) => fallbacks.push(active),
  });
  return { limiter, fallbacks, lines, log: () => written.join('') };
}

/** Makes an instance that counts in Redis by now. */
export async function connectInstance(redisUrl: string, requests = 100): Promise<Instance> {
  const instance = createInstance(redisUrl, requests);
  await until(() => instance.fallbacks.at(-1) === false);
  return instance;
}

/** What is left after one more request of the user. */
export async function remaining({ limiter }: Instance, subject: string): Promise<number> {
  const { RateLimit } = await limiter.countRequest(subject);
  return Number(/r=(\d+)/.exec(RateLimit ?? '')?.[1]);
}

/** How long something takes, in milliseconds. */
export async function duration(action: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

/** What a process of `limiter-process.ts` has been allowed, and whether Redis failed meanwhile. */
interface Run {
  readonly users: number;
  readonly addresses: number;
  readonly fellBack: boolean;
}

const program = fileURLToPath(new URL('./limiter-process.ts', import.meta.url));

/**
 * Lets instances in processes of their own ask at the same time.
 *
 * @param args of `limiter-process.ts`
 */
export async function runProcesses(
  count: number,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Run[]> {
  const children = Array.from({ length: count }, () =>
    spawn(process.execPath, [program, ...args], { env, stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  await Promise.all(children.map(({ stdout }) => once(stdout, 'data')));
  for (const { stdin } of children) stdin.write('!');
  return Promise.all(
    children.map(async ({ stdout }): Promise<Run> => JSON.parse(await text(stdout))),
  );
}
