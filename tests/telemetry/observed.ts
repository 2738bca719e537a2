import { expect } from '@jest/globals';
import { keepLog } from '../support/log-files.ts';
import { startServerProcess, type Exit } from '../support/process.ts';
import { TEST_JWT_SECRET } from '../support/tokens.ts';
import { wayOf } from '../support/way.ts';

/** One line of a scrape. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A server in a process of its own that can be watched. */
export interface ObservedServer {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /** Where its metrics are, without a path. */
  readonly metricsUrl: string;
  scrape(): Promise<Sample[]>;
  /** Resolves to the first line of its log with this message. */
  logged(message: string): Promise<any>;
  /** Ends it as a host does. */
  stop(): Promise<Exit>;
}

/** Starts `src/server.ts` with metrics on a free port. The caller stops it. */
export async function startObservedServer(
  databaseUrl: string,
  env: Readonly<Record<string, string>> = {},
): Promise<ObservedServer> {
  const server = startServerProcess({
    ...wayOf(databaseUrl),
    DATABASE_POOL_MAX: '5',
    JWT_SECRET: TEST_JWT_SECRET,
    METRICS_PORT: '0',
    PORT: '0',
    VALIDATE_RESPONSES: 'on',
    ...env,
  });
  const metrics = await server.logged('metrics listening');
  const main = await server.logged('listening');
  const metricsUrl = originOf(metrics.address);
  return {
    url: originOf(main.address),
    metricsUrl,
    scrape: async () => parseSamples(await (await fetch(`${metricsUrl}/metrics`)).text()),
    logged: (message) => server.logged(message),
    async stop() {
      server.kill('SIGTERM');
      const exit = await server.exit;
      keepLog().write(exit.stdout);
      return exit;
    },
  };
}

function originOf({ address, port }: { address: string; port: number }): string {
  return `http://${address}:${port}`;
}

/** The samples of Prometheus' text format. */
export function parseSamples(text: string): Sample[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      expect({ line, name }).not.toEqual({ line, name: '' });
      const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
      return {
        name,
        labels: Object.fromEntries(pairs.map(([, key, text]) => [key, text])),
        value: Number(value.replace('Nan', 'NaN').replace('+Inf', 'Infinity')),
      };
    });
}

/** The sum of the samples with this name and these labels; 0 when there is none. */
export function valueOf(
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  return samples
    .filter((sample) => sample.name === name)
    .filter((sample) => Object.entries(labels).every(([key, text]) => sample.labels[key] === text))
    .reduce((sum, { value }) => sum + value, 0);
}
