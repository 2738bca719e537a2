import { once } from 'node:events';
import type { Server } from 'node:http';
import { createApp } from './app.ts';
import { parseConfig, type Config } from './config.ts';
import { startSweep } from './db/sweep.ts';
import { createDeps } from './deps.ts';
import { createHttpServer } from './http/http-server.ts';
import { createLogger } from './telemetry/logger.ts';

/** How long the requests in progress may take to end once the process is told to stop, in milliseconds. */
const DRAIN_TIMEOUT = 10_000;

/** The process: configuration, dependencies, listen, and drain at the end. */
async function main(): Promise<void> {
  const config = parseConfig(process.env);
  const logger = createLogger(config.logLevel);
  // Node would print the error as it is, with whatever a library has put into it.
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'failed where nobody was looking');
    process.exit(1);
  });
  const deps = await createDeps(config, logger);
  const { server, drain } = createHttpServer(createApp(deps), logger);
  await listen(server, config);
  logger.info({ address: server.address() }, 'listening');
  deps.probe().catch((error: unknown) => {
    logger.error({ err: error }, 'the database is not ready; see /readyz');
  });
  const stopSweep = startSweep(deps.db, logger);

  const signal = await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  logger.info({ signal: signal[0] }, 'draining');
  await drain(DRAIN_TIMEOUT);
  stopSweep();
  await deps.limiter.close();
  await deps.db.end();
  logger.info('stopped');
  // The sockets of a database that has fallen silent would keep the process alive.
  process.exit(0);
}

async function listen(server: Server, { host, port }: Config): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new Error(`Port ${String(port)} of ${host} is in use. Choose another with PORT.`, {
        cause: error,
      });
    }
    throw error;
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  // Not only the exit code: connections that are open by now would keep the process alive.
  process.exit(1);
}
