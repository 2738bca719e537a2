import { hkdfSync, randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import packageJson from '../package.json' with { type: 'json' };
import type { AppDeps } from './app.ts';
import { createAuthenticator } from './auth/authenticator.ts';
import type { Config } from './config.ts';
import { contractFile } from './contract/document.ts';
import { compileContract } from './contract/validator.ts';
import { createDatabaseAccess } from './db/pool.ts';
import { createProbe } from './health/probe-database.ts';
import { createRateLimiter } from './http/limits/rate-limiter.ts';
import { measureStatements, measureWait } from './telemetry/statements.ts';
import { createExportGate } from './users/export-gate.ts';

/**
 * Makes everything that the application needs out of its configuration. The pool and the limiter are the
 * caller's to end.
 *
 * @throws Error when the contract does not compile
 */
export async function createDeps(config: Config, logger: Logger): Promise<AppDeps> {
  const contract = await compileContract(contractFile);
  const { db, databaseOf, probes } = await createDatabaseAccess({
    url: config.databaseUrl,
    poolMax: config.databasePoolMax,
    poolWait: config.databasePoolWait,
    hasPooler: config.databasePooler,
    onWait: measureWait,
    interceptors: [measureStatements()],
  });
  return {
    contract,
    db,
    databaseOf,
    logger,
    authenticate: createAuthenticator({
      jwtSecret: config.jwtSecret,
      jwksUrl: config.jwksUrl,
      issuer: config.jwtIssuer,
      audience: config.jwtAudience,
    }),
    limiter: createRateLimiter({ limit: config.rateLimit, redisUrl: config.redisUrl, logger }),
    requireIfMatch: config.requireIfMatch,
    logKey: logKey(config),
    corsOrigins: config.corsOrigins,
    trustProxy: config.trustProxy,
    validateResponses: config.validateResponses,
    exports: createExportGate(Math.max(1, Math.floor(config.databasePoolMax / 2))),
    probe: createProbe(probes),
    version: packageJson.version,
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
