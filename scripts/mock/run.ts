import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { watchForShutdown } from '../local/shutdown.ts';
import { documentForPrism } from './document.ts';
import { createFront } from './front.ts';
import { startPrism } from './prism.ts';

/** The bundled contract. */
const contractPath = fileURLToPath(new URL('../../generated/openapi.json', import.meta.url));

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
    await writeFile(path, documentForPrism(await readFile(contractPath, 'utf8')));
    const { dynamic, seed } = options;
    const args = [
      'mock',
      path,
      ...(dynamic ? ['--dynamic'] : []),
      ...(seed ? ['--seed', seed] : []),
    ];
    return await runPrism(args, { port: 0, host: '127.0.0.1' }, async (prismUrl) => {
      // Prism has read it, and a killed mock could not clear it away.
      await rm(directory, { recursive: true });
      const front = createFront(prismUrl);
      front.listen(options.port, options.host);
      await once(front, 'listening');
      const { address, port } = front.address() as AddressInfo;
      return {
        text: `The mock is running at http://${address}:${port}`,
        close: () => {
          front.close();
          front.closeAllConnections();
        },
      };
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
  return runPrism(['proxy', contractPath, upstream, '--errors'], options, (url) =>
    Promise.resolve({
      text: `The proxy of ${upstream} is running at ${url}`,
      close: () => undefined,
    }),
  );
}

/** What stands before a Prism. */
interface Before {
  /** Says where it answers. */
  readonly text: string;
  readonly close: () => void;
}

async function runPrism(
  args: readonly string[],
  { port, host }: Listener,
  open: (prismUrl: string) => Promise<Before>,
): Promise<number> {
  const shutdown = watchForShutdown();
  try {
    const prism = await startPrism({
      args,
      port,
      host,
      // Prism's address is nobody's business where something stands before it.
      onLine: (line) => /Starting Prism|is listening on|\[CLI\].*http:/.test(line) || say(line),
    });
    try {
      const { text, close } = await open(prism.url);
      say(text);
      await Promise.race([shutdown.requested, prism.ended]);
      close();
    } finally {
      await prism.stop();
    }
    return shutdown.isRequested() ? 0 : 1;
  } finally {
    shutdown.dispose();
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
