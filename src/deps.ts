import { hkdfSync, randomBytes } from 'node:crypto';
import type { Tracer } from '@opentelemetry/api';
import type { Logger } from 'pino';
import packageJson from '../package.json' with { type: 'json' };
import type { AppDeps } from './app.ts';
import { createAuthenticator } from './auth/authenticator.ts';
import type { Config } from './config.ts';
import { contractFile } from './contract/document.ts';
import { compileContract } from './contract/validator.ts';
import { createDatabaseAccess, shareOf } from './db/pool.ts';
import { createSweep, type Sweep } from './db/sweep.ts';
import { readDocsFiles } from './docs/files.ts';
import { createProbe } from './health/probe-database.ts';
import { createOverloadWatch } from './http/overload.ts';
import { createTurnAway, type TurnAway } from './http/turn-away.ts';
import { createRateLimiter } from './http/limits/rate-limiter.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { traceStatements } from './telemetry/sql-spans.ts';
import { aroundStatements } from './telemetry/statement-interceptor.ts';
import { measureStatement, measureWait } from './telemetry/statements.ts';
import { createExportGate } from './users/export-gate.ts';

/** What the server in front of the application needs as well. */
export interface ServerDeps extends AppDeps {
  /** Refuses what is too much, if anything is to be refused for that. */
  readonly turnAway: TurnAway | undefined;
  readonly sweep: Sweep;
}

/**
 * Makes everything that the application needs out of its configuration. The pool and the limiter are the
 * caller's to end.
 *
 * @param tracer makes the spans of traces; none unless given
 * @throws Error when the contract does not compile
 */
export async function createDeps(
  config: Config,
  logger: Logger,
  tracer?: Tracer,
): Promise<ServerDeps> {
  const contract = await compileContract(contractFile);
  const metrics = config.metricsPort === undefined ? undefined : createMetrics();
  const { db, databaseOf, waiting, probes } = await createDatabaseAccess({
    url: config.databaseUrl,
    poolMax: config.databasePoolMax,
    poolWait: config.databasePoolWait,
    hasPooler: config.databasePooler,
    driver: config.databaseDriver,
    wsProxy: config.databaseWsProxy,
    sleeps: config.databaseSleeps,
    onWait() {
      return both(measureWait(), metrics?.database.measureWait());
    },
    onConnect(connecting) {
      const end = both(measureWait(), metrics?.database.measureConnect());
      connecting.then(end, end);
    },
    interceptor: aroundStatements([
      measureStatement,
      ...(metrics ? [metrics.database.measureStatement] : []),
      ...(tracer ? [traceStatements(tracer)] : []),
    ]),
  });
  metrics?.database.watchPool(db, config.databasePoolMax);
  const sweep = createSweep({ db, logger, sleeps: config.databaseSleeps });
  const watch = createOverloadWatch({ waiting, connections: config.databasePoolMax });
  const limiter = createRateLimiter({
    limit: config.rateLimit,
    redisUrl: config.redisUrl,
    logger,
    onFallback: metrics?.setLimitFallback,
    onDecision: metrics?.countLimitDecision,
  });
  return {
    turnAway: config.shedLoad
      ? createTurnAway({
          watch,
          logger,
          limiter,
          corsOrigins: config.corsOrigins,
          trustProxy: config.trustProxy,
          onRefusal: metrics?.countRefusal,
        })
      : undefined,
    contract,
    sweep,
    onKeyUse: sweep.onKeyUse,
    db,
    databaseOf,
    logger,
    metrics,
    tracer,
    authenticate: createAuthenticator(
      {
        jwtSecret: config.jwtSecret,
        jwksUrl: config.jwksUrl,
        issuer: config.jwtIssuer,
        audience: config.jwtAudience,
      },
      { onLookup: metrics?.countTokenLookup },
    ),
    limiter,
    requireIfMatch: config.requireIfMatch,
    logKey: logKey(config),
    corsOrigins: config.corsOrigins,
    trustProxy: config.trustProxy,
    validateResponses: config.validateResponses,
    exports: createExportGate(config.databasePoolMax, shareOf(config.databasePoolMax)),
    docs: readDocsFiles(),
    probe: createProbe(probes),
    version: packageJson.version,
  };
}

/** Ends two measurements, those of them that there are. */
function both(end: (() => void) | undefined, otherEnd: (() => void) | undefined): () => void {
  return () => {
    end?.();
    otherEnd?.();
  };
}

/**
 * The key of the hashes that stand for users in the log: the same on every instance where there is anything
 * to derive it from, so that one user's lines can be found together.
 */
function logKey({ logKey: given, jwtSecret }: Config): Uint8Array {
  const secret = given ?? jwtSecret;
  if (secret === undefined) return randomBytes(32);
  return new Uint8Array(hkdfSync('sha256', secret, '', 'todo-api user hash', 32));
}
