import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { HEADER_SIZE } from './ask.ts';

const require = createRequire(import.meta.url);
const prismPath = require.resolve('@stoplight/prism-cli');
const endWithParent = new URL('../local/end-with-parent.ts', import.meta.url).href;
const guard = new URL('guard.ts', import.meta.url).href;
const stopTimeout = 5_000;

/** A Prism of its own process. */
export interface PrismProcess {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /** Resolves when it has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Ends it, and waits for its end. */
  stop(): Promise<void>;
}

/** How Prism is started. */
export interface PrismOptions {
  readonly command: 'mock' | 'proxy';
  /** The text of the OpenAPI document, in JSON. */
  readonly document: string;
  /** What follows the document: the server behind a proxy, and Prism's own options; without port and host. */
  readonly args: readonly string[];
  /** Takes each line that Prism writes: what it was asked, and how it came to its answer. */
  readonly onLine: (line: string) => void;
}

/**
 * Starts Prism as a child, on a free port of the loopback interface. It ends when this process does, by SIGKILL too.
 *
 * It reads its document once, from a copy of its own. By itself it would watch the file and start again when that changes,
 * each time on another port, where nobody would find it.
 *
 * @throws Error when it ends before it listens; it has written why to our standard error
 */
export async function startPrism(options: PrismOptions): Promise<PrismProcess> {
  const { command, document, args, onLine } = options;
  // At once, so that Prism starts while the caller has other things to do.
  const directory = mkdtempSync(join(tmpdir(), 'todo-api-prism-'));
  try {
    const path = join(directory, 'openapi.json');
    writeFileSync(path, document);
    return await startChild([command, path, ...args], onLine);
  } finally {
    // Prism has read it, and once killed it could not clear it away.
    await rm(directory, { recursive: true });
  }
}

async function startChild(
  args: readonly string[],
  onLine: PrismOptions['onLine'],
): Promise<PrismProcess> {
  const child = spawn(
    process.execPath,
    [
      ...['--import', endWithParent, '--import', guard, `--max-http-header-size=${HEADER_SIZE}`],
      ...[prismPath, ...args],
      // It would fork, and leave its child behind, where NODE_ENV is `production`.
      ...['--multiprocess=false', '--port', '0', '--host', '127.0.0.1'],
    ],
    // A process group of its own: Ctrl-C reaches us, and we tell Prism.
    {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      // It watches the document all the same, and ends when the system has no watch left for it, or the document has gone.
      env: { ...process.env, CHOKIDAR_USEPOLLING: 'true', CHOKIDAR_INTERVAL: '60000' },
    },
  );
  const ended = new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve());
  });
  const listening = new Promise<string>((resolve) => {
    // TypeScript does not see, beside `ipc`, that it is a pipe.
    if (!child.stdout) return;
    createInterface(child.stdout).on('line', (line) => {
      onLine(line);
      const url = /Prism is listening on (\S+)/.exec(line)?.[1];
      if (url !== undefined) resolve(url);
    });
  });
  const url = await Promise.race([listening, ended]);
  if (url === undefined) throw new Error('Prism did not start.');
  return {
    url,
    ended,
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeout);
      await ended;
      clearTimeout(timer);
    },
  };
}
