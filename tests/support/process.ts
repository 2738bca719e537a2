import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { keepLog } from './log-files.ts';
import { TEST_JWT_SECRET } from './tokens.ts';
import { wayOf } from './way.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** How a process ended, and what it wrote. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `node src/server.ts` as a process of its own. */
export interface ServerProcess {
  /** Resolves to the first line of the log, past or future, with this message; rejects when the process ends before. */
  logged(message: string): Promise<any>;
  /** What V8 has written so far because of the flags. */
  traced(): readonly string[];
  kill(signal: NodeJS.Signals): void;
  readonly exit: Promise<Exit>;
}

/**
 * Starts the server with exactly this environment and nothing inherited. The caller sees to its end. What it logs is
 * searched for secrets after the tests, as that of servers within this process.
 *
 * @param env its configuration
 * @param flags of Node
 */
export function startServerProcess(
  env: Readonly<Record<string, string>>,
  flags: readonly string[] = [],
): ServerProcess {
  const child = spawn(process.execPath, [...flags, 'src/server.ts'], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const lines: any[] = [];
  const traced: string[] = [];
  const log = keepLog();
  let notify = (): void => undefined;
  let ended = false;
  createInterface(child.stdout).on('line', (line) => {
    // V8 writes in pieces, between which another thread may write.
    if (flags.length > 0 && !line.startsWith('{')) {
      traced.push(line);
      return;
    }
    stdout += `${line}\n`;
    log.write(`${line}\n`);
    lines.push(JSON.parse(line));
    notify();
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const exit = once(child, 'close').then(([code, signal]): Exit => {
    ended = true;
    notify();
    return { code, signal, stdout, stderr };
  });

  return {
    async logged(message) {
      for (;;) {
        const line = lines.find(({ msg }) => msg === message);
        if (line) return line;
        if (ended) throw new Error(`the server ended without logging "${message}": ${stderr}`);
        await new Promise<void>((resolve) => (notify = resolve));
      }
    },
    traced: () => traced,
    kill: (signal) => void child.kill(signal),
    exit,
  };
}

/** A server process under test that listens. */
export interface ListeningProcess {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /** Ends it at once, as `kill -9` does, and waits for its end. */
  kill(): Promise<void>;
}

/**
 * Starts the server as a process of its own, as `startTestServer` does within this one. The caller kills it.
 *
 * @param env configuration beside or instead of the tests' own
 */
export async function startListeningProcess(
  databaseUrl: string,
  env: Readonly<Record<string, string>> = {},
): Promise<ListeningProcess> {
  const server = startServerProcess({
    ...wayOf(databaseUrl),
    DATABASE_POOL_MAX: '5',
    DATABASE_POOL_WAIT: '20000',
    JWT_SECRET: TEST_JWT_SECRET,
    PORT: '0',
    RATE_LIMIT: 'off',
    SHED_LOAD: 'off',
    VALIDATE_RESPONSES: 'on',
    ...env,
  });
  const { address } = await server.logged('listening');
  return {
    url: `http://${address.address}:${address.port}`,
    async kill() {
      server.kill('SIGKILL');
      await server.exit;
    },
  };
}
