import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contractFile } from '../../src/contract/document.ts';
import { watchForShutdown } from '../local/shutdown.ts';
import { ask } from './ask.ts';
import { behindMock } from './behind-mock.ts';
import { documentForPrism } from './document.ts';
import { createFront, type Behind } from './front.ts';
import { startPrism } from './prism.ts';

/** Where a program listens. */
export interface Listener {
  /** 0 chooses a free one. */
  readonly port: number;
  readonly host: string;
}

/**
 * Runs the mock until it is told to stop.
 *
 * @param options.dynamic generate answers from the schemas instead of giving the examples
 * @param options.seed makes generated answers the same in each run
 * @returns the exit code: 0 after a signal, 1 when Prism has ended by itself
 */
export async function runMock(
  options: Listener & { readonly dynamic: boolean; readonly seed: string | undefined },
): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'todo-api-mock-'));
  try {
    const path = join(directory, 'openapi.json');
    await writeFile(path, documentForPrism(await readFile(contractFile, 'utf8')));
    const { dynamic, seed } = options;
    const args = [
      'mock',
      path,
      ...(dynamic ? ['--dynamic'] : []),
      ...(seed ? ['--seed', seed] : []),
    ];
    return await runBehindFront(args, options, 'The mock', async (prismUrl) => {
      // Prism has read it, and a killed mock could not clear it away.
      await rm(directory, { recursive: true });
      return behindMock(prismUrl);
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * Runs Prism between clients and a server until it is told to stop. It refuses requests, and answers of the server, that
 * the contract does not allow, with problem documents of its own.
 *
 * @param upstream where the server answers
 * @returns the exit code: 0 after a signal, 1 when Prism has ended by itself
 */
export async function runMockProxy(
  options: Listener & { readonly upstream: string },
): Promise<number> {
  const { upstream } = options;
  const args = ['proxy', contractFile, upstream, '--errors'];
  return runBehindFront(args, options, `The proxy of ${upstream}`, (prismUrl) => ({
    answer: ({ question }) => ask(prismUrl, question),
    refusalHeaders: () => ({}),
  }));
}

async function runBehindFront(
  args: readonly string[],
  { port, host }: Listener,
  name: string,
  behind: (prismUrl: string) => Behind | Promise<Behind>,
): Promise<number> {
  const shutdown = watchForShutdown();
  try {
    const prism = await startPrism({
      // The front says who may call.
      args: [...args, '--cors=false'],
      // Prism's address is nobody's business.
      onLine: (line) => /Starting Prism|is listening on|\[CLI\].*http:/.test(line) || say(line),
    });
    try {
      const front = createFront(await behind(prism.url));
      front.listen(port, host);
      await once(front, 'listening');
      say(`${name} is running at ${urlOf(front.address() as AddressInfo)}`);
      await Promise.race([shutdown.requested, prism.ended]);
      front.close();
      front.closeAllConnections();
    } finally {
      await prism.stop();
    }
    return shutdown.isRequested() ? 0 : 1;
  } finally {
    shutdown.dispose();
  }
}

/** Where something listens, as a URL (RFC 3986, section 3.2.2). */
export function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
