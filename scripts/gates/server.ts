import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { TEST_JWT_SECRET } from '../../tests/support/tokens.ts';

const serverPath = fileURLToPath(new URL('../../src/server.ts', import.meta.url));
const endWithParent = new URL('../local/end-with-parent.ts', import.meta.url).href;

/** Of pino: `error` and worse. */
const ERROR = 50;

/** `node src/server.ts` as a process of its own, as in production. */
export interface GateServer {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /** The lines of its log that tell of failures, so far. */
  failures(): readonly string[];
  /** Lets it finish the requests in progress, and waits for its end. */
  stop(): Promise<void>;
}

/**
 * Starts the server on a free port, without rate limits, and waits until it listens. It ends with this process.
 *
 * @param env configuration beside or instead of that
 * @throws what it wrote, when it ends before it listens
 */
export async function startGateServer(
  databaseUrl: string,
  env: Readonly<Record<string, string>> = {},
): Promise<GateServer> {
  const child = spawn(process.execPath, ['--import', endWithParent, serverPath], {
    env: {
      DATABASE_URL: databaseUrl,
      JWT_SECRET: TEST_JWT_SECRET,
      PORT: '0',
      RATE_LIMIT: 'off',
      ...env,
    },
    // A process group of its own: Ctrl-C reaches us, and we tell the server, once.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const ended = once(child, 'close');
  const failures: string[] = [];
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const url = new Promise<string>((resolve, reject) => {
    ended.then(() => reject(new Error(`The server does not start: ${stderr}`)), reject);
    if (!child.stdout) throw new Error('The server has no output.');
    createInterface(child.stdout).on('line', (line) => {
      const entry = parseLine(line);
      if (entry.level >= ERROR) failures.push(line);
      if (entry.msg === 'listening' && entry.address) {
        resolve(`http://${entry.address.address}:${String(entry.address.port)}`);
      }
    });
  });
  return {
    url: await url,
    failures: () => failures,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

interface LogLine {
  readonly level: number;
  readonly msg?: string;
  readonly address?: { readonly address: string; readonly port: number };
}

function parseLine(line: string): LogLine {
  return JSON.parse(line) as LogLine;
}
