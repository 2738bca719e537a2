/**
 * How the servers under test reach their database: `tcp`, which is how they do by default; `neon`, through Neon's driver and a
 * WebSocket proxy; `pgbouncer`, through a pooler in transaction mode. Sessions of the tests themselves always go directly.
 */
type Way = 'tcp' | 'neon' | 'pgbouncer';

/** The environment variable that chooses it for a run of jest. */
const wayVariable = 'TEST_DATABASE';

/** The environment variables by which jest's workers find the proxy, and the ports of the pooler and of PostgreSQL. */
export const wsProxyVariable = 'TEST_WS_PROXY';
export const poolerVariable = 'TEST_POOLER';

export function chosenWay(): Way {
  const way = process.env[wayVariable] ?? 'tcp';
  if (way === 'tcp' || way === 'neon' || way === 'pgbouncer') return way;
  throw new Error(`${wayVariable} must be tcp, neon or pgbouncer.`);
}

/** The configuration of a server under test, for the way that was chosen. */
export function wayOf(databaseUrl: string): Record<string, string> {
  switch (chosenWay()) {
    case 'tcp':
      return { DATABASE_URL: databaseUrl };
    case 'neon':
      return {
        DATABASE_URL: databaseUrl,
        DATABASE_DRIVER: 'neon',
        DATABASE_WS_PROXY: process.env[wsProxyVariable] ?? '',
      };
    case 'pgbouncer':
      return { DATABASE_URL: throughPooler(databaseUrl), DATABASE_POOLER: 'on' };
  }
}

/** The same database through the pooler, where there is one in front of it, and the tests are to go through it. */
export function throughPooler(databaseUrl: string): string {
  const [pooler, postgres] = process.env[poolerVariable]?.split('/') ?? [];
  const url = new URL(databaseUrl);
  if (pooler !== undefined && url.port === postgres) url.port = pooler;
  return url.href;
}
