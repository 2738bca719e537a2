import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { contractFile } from '../../src/contract/document.ts';
import { compileContract } from '../../src/contract/validator.ts';
import { watchForShutdown } from '../local/shutdown.ts';
import { ask } from './ask.ts';
import { behindMock } from './behind-mock.ts';
import { documentForPrism } from './document.ts';
import { createFront, type Behind } from './front.ts';
import { startPrism, type PrismOptions } from './prism.ts';

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
  const { dynamic, seed } = options;
  const document = documentForPrism(await readFile(contractFile, 'utf8'));
  const args = [...(dynamic ? ['--dynamic'] : []), ...(seed ? ['--seed', seed] : [])];
  return runBehindFront({ command: 'mock', document, args }, options, 'The mock', async () => {
    const contract = await compileContract(contractFile);
    return (prismUrl) => behindMock(prismUrl, contract);
  });
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
  const document = await readFile(contractFile, 'utf8');
  const prism = { command: 'proxy', document, args: [upstream, '--errors'] } as const;
  return runBehindFront(prism, options, `The proxy of ${upstream}`, () => (prismUrl) => ({
    answer: ({ question }) => ask(prismUrl, question),
    refusalHeaders: () => ({}),
  }));
}

/** What stands behind the front, once it is known where Prism listens. */
type Prepared = (prismUrl: string) => Behind;

/** @param prepare is done while Prism starts */
async function runBehindFront(
  { args, ...options }: Omit<PrismOptions, 'onLine'>,
  { port, host }: Listener,
  name: string,
  prepare: () => Prepared | Promise<Prepared>,
): Promise<number> {
  const shutdown = watchForShutdown();
  try {
    const starting = startPrism({
      ...options,
      // The front says who may call.
      args: [...args, '--cors=false'],
      // Prism's address is nobody's business.
      onLine: (line) => /Starting Prism|is listening on|\[CLI\].*http:/.test(line) || say(line),
    });
    try {
      const [prism, behind] = await Promise.all([starting, prepare()]);
      const front = createFront(behind(prism.url));
      front.listen(port, host);
      await once(front, 'listening');
      say(`${name} is running at ${urlOf(front.address() as AddressInfo)}`);
      await Promise.race([shutdown.requested, prism.ended]);
      front.close();
      front.closeAllConnections();
    } finally {
      const prism = await starting;
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
