import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { DatabasePool } from 'slonik';
import { createApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import { createDeps } from '../../src/deps.ts';
import { createHttpServer } from '../../src/http/http-server.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { createTestDatabase } from './database.ts';
import { keepLog } from './log-files.ts';
import { TEST_JWT_SECRET } from './tokens.ts';
import { wayOf } from './way.ts';

/** A real server under test, with a database of its own. */
export interface TestServer {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /** Its own pool, to look at what a request left behind. */
  readonly db: DatabasePool;
  /** Its database's address, for a second server on the same data. */
  readonly databaseUrl: string;
  /** The lines that it has logged so far, the first first. */
  logged(): any[];
  /** Stops it, and drops its database unless that was given. */
  close(): Promise<void>;
}

/**
 * Starts a server in this process, wired as `src/server.ts` does, on a free port. It validates every
 * response, and logs everything, into a file that is searched for secrets after the tests.
 *
 * @param env configuration beside or instead of the tests' own; with `DATABASE_URL` that database is used
 */
export async function startTestServer(
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<TestServer> {
  const database = env.DATABASE_URL === undefined ? await createTestDatabase() : undefined;
  const databaseUrl = env.DATABASE_URL ?? database?.url ?? '';
  const config = parseConfig({
    DATABASE_POOL_MAX: '5',
    // On a busy machine one may well wait for longer than by default.
    DATABASE_POOL_WAIT: '20000',
    JWT_SECRET: TEST_JWT_SECRET,
    LOG_LEVEL: 'trace',
    PORT: '0',
    // Tests of it set their own; to the others it would be in the way.
    RATE_LIMIT: 'off',
    SHED_LOAD: 'off',
    VALIDATE_RESPONSES: 'on',
    // Who says what is in front of the database has put it there.
    ...(env.DATABASE_POOLER === undefined ? wayOf(databaseUrl) : { DATABASE_URL: databaseUrl }),
    ...without('DATABASE_URL', env),
  });
  const log = keepLog();
  const deps = await createDeps(config, createLogger(config.logLevel, log));
  const { server } = createHttpServer(createApp(deps), deps.logger, deps.turnAway);
  server.listen(config.port, config.host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    db: deps.db,
    databaseUrl,
    logged: () => log.lines(),
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      await deps.limiter.close();
      await deps.db.end();
      await database?.drop();
    },
  };
}

/** The environment without one of its variables. */
function without(
  name: string,
  { [name]: _left, ...rest }: Readonly<Record<string, string | undefined>>,
) {
  return rest;
}
