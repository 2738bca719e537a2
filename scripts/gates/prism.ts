import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findFreePort } from '../local/port.ts';

const patience = 60_000;
const root = fileURLToPath(new URL('../..', import.meta.url));
const prism = fileURLToPath(import.meta.resolve('@stoplight/prism-cli/dist/index.js'));

/** Prism as a validating proxy. */
export interface PrismProxy {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /** Ends it. */
  stop(): Promise<void>;
}

/**
 * Starts `prism proxy --errors` in front of a server: what breaks the contract on the way in or out is answered with
 * an error of Prism's own.
 *
 * @param upstream the server's origin, which answers `/livez`
 * @throws what Prism wrote, when it ends or does not answer within a minute
 */
export async function startPrismProxy(upstream: string): Promise<PrismProxy> {
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const args = ['proxy', 'generated/openapi.json', upstream, '--errors', '--port', String(port)];
  const child = spawn(process.execPath, [prism, ...args, '--verboseLevel', 'error'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    // It watches the document, and ends when the system has no watch left for it.
    env: { ...process.env, CHOKIDAR_USEPOLLING: 'true', CHOKIDAR_INTERVAL: '60000' },
  });
  const ended = once(child, 'exit');
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream
      .setEncoding('utf8')
      .on('data', (chunk: string) => (said = `${said}${chunk}`.slice(-4000)));
  }
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await ended;
  };
  const deadline = Date.now() + patience;
  while (!(await answers(`${url}/livez`))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`Prism does not start: ${said}`);
    }
    await sleep(100);
  }
  return { url, stop };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false; // Not yet.
  }
}
