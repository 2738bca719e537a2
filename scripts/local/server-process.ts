import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createPrettyLog } from './pretty-log.ts';

const serverPath = fileURLToPath(new URL('../../src/server.ts', import.meta.url));
const endWithParent = new URL('end-with-parent.ts', import.meta.url).href;

const readyTimeout = 30_000;
const stopTimeout = 12_000;

export interface ServerProcess {
  /** Resolves when it answers, with `true`, or has ended or not answered within half a minute, with `false`. */
  readonly ready: Promise<boolean>;
  /** Resolves with the exit code, 1 if it was killed, when it has ended. */
  readonly ended: Promise<number>;
  /** Lets it finish the requests in progress, and waits for its end. */
  stop(): Promise<void>;
  /** Ends it at once. */
  kill(): void;
}

/**
 * Starts `src/server.ts` as a child. Its log goes to our standard output, in a form for people.
 *
 * @param env its whole environment
 * @param baseUrl where it is going to answer, for example `http://127.0.0.1:3000`
 */
export function startServer(env: NodeJS.ProcessEnv, baseUrl: string): ServerProcess {
  const child = spawn(process.execPath, ['--import', endWithParent, serverPath], {
    env,
    // A process group of its own: Ctrl-C reaches us, and we tell the server, once.
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    // Later than `exit`: its last lines have been read by then.
    child.on('close', (code) => resolve(code ?? 1));
  });
  const pretty = createPrettyLog({ colors: process.stdout.isTTY });
  const show = (line: string): void => void process.stdout.write(pretty(line));
  // TypeScript does not see, beside `ipc`, that it is a pipe.
  if (child.stdout) createInterface(child.stdout).on('line', show);
  let isRunning = true;
  const markEnded = (): void => void (isRunning = false);
  ended.then(markEnded, markEnded);

  return {
    ready: untilReady(baseUrl, () => isRunning),
    ended,
    async stop() {
      if (!isRunning) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeout);
      await ended;
      clearTimeout(timer);
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

async function untilReady(baseUrl: string, isRunning: () => boolean): Promise<boolean> {
  const deadline = Date.now() + readyTimeout;
  for (let pause = 25; isRunning() && Date.now() < deadline; pause = Math.min(pause * 1.5, 500)) {
    if (await answers(`${baseUrl}/readyz`)) return isRunning();
    await sleep(pause);
  }
  return false;
}

async function answers(url: string): Promise<boolean> {
  try {
    // Not kept alive: an idle connection of ours would be one more for the server to close when it drains.
    const response = await fetch(url, {
      headers: { connection: 'close' },
      signal: AbortSignal.timeout(2_000),
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
