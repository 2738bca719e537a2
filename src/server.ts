import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Logger } from 'pino';
import { createApp } from './app.ts';
import { parseConfig, type Config } from './config.ts';
import { forestallUrlParseWarning } from './contract/url-parse.ts';
import { createDeps } from './deps.ts';
import { keepGarbageYoung } from './garbage.ts';
import { createHttpServer } from './http/http-server.ts';
import { createLogger } from './telemetry/logger.ts';
import { createMetricsServer } from './telemetry/metrics-server.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { startTracing } from './telemetry/tracing.ts';

/** How long the requests in progress may take to end once the process is told to stop, in milliseconds. */
const DRAIN_TIMEOUT = 10_000;

/** npm passes on the SIGINT that a terminal has sent to us as well, so one Ctrl-C may arrive twice; in milliseconds. */
const SAME_REQUEST = 1_000;

/** The process: configuration, dependencies, listen, and drain at the end. */
async function main(): Promise<void> {
  keepGarbageYoung();
  forestallUrlParseWarning();
  const config = parseConfig(process.env);
  const logger = createLogger(config.logLevel);
  // Node would print the error as it is, with whatever a library has put into it.
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'failed where nobody was looking');
    process.exit(1);
  });
  const tracing = config.tracing ? await startTracing(logger) : undefined;
  const deps = await createDeps(config, logger, tracing?.tracer);
  const { server, drain } = createHttpServer(createApp(deps), logger, deps.turnAway);
  // Before anybody can know that it listens: until there is a handler, a signal ends the process at once.
  const toldToStop = whenToldToStop();
  const metricsServer = await serveMetrics(deps.metrics, config, logger);
  await listen(server, config, 'PORT');
  logger.info({ address: server.address() }, 'listening');
  deps.probe().catch((error: unknown) => {
    logger.error({ err: error }, 'the database is not ready; see /readyz');
  });
  const stopSweep = deps.sweep.start();

  logger.info({ signal: await toldToStop }, 'draining');
  await drain(DRAIN_TIMEOUT);
  stopSweep();
  await deps.limiter.close();
  await deps.db.end();
  metricsServer?.close();
  metricsServer?.closeAllConnections();
  await tracing?.stop();
  logger.info('stopped');
  // The sockets of a database that has fallen silent would keep the process alive.
  process.exit(0);
}

/** Resolves when we are asked to stop. Who asks again after a while does not want to wait: that ends the process at once. */
async function whenToldToStop(): Promise<NodeJS.Signals> {
  const names = ['SIGTERM', 'SIGINT'] as const;
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  for (const name of names) process.on(name, resolve);
  const told = await promise;
  setTimeout(() => {
    for (const name of names) process.off(name, resolve);
  }, SAME_REQUEST).unref();
  return told;
}

/** A second listener, so that who may send requests cannot read the metrics as well. */
async function serveMetrics(
  metrics: Metrics | undefined,
  { host, metricsHost = host, metricsPort }: Config,
  logger: Logger,
): Promise<Server | undefined> {
  if (!metrics || metricsPort === undefined) return undefined;
  const server = createMetricsServer(metrics.registry, logger);
  await listen(server, { host: metricsHost, port: metricsPort }, 'METRICS_PORT');
  logger.info({ address: server.address() }, 'metrics listening');
  return server;
}

async function listen(
  server: Server,
  { host, port }: { host: string; port: number },
  variable: string,
): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new Error(
        `Port ${String(port)} of ${host} is in use. Choose another with ${variable}.`,
        {
          cause: error,
        },
      );
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
