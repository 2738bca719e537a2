import type { Logger } from 'pino';
import packageJson from '../package.json' with { type: 'json' };
import type { AppDeps } from './app.ts';
import { createAuthenticator } from './auth/authenticator.ts';
import type { Config } from './config.ts';
import { contractFile } from './contract/document.ts';
import { compileContract } from './contract/validator.ts';
import { createDatabasePool } from './db/pool.ts';

/**
 * Makes everything that the application needs out of its configuration. The pool is the caller's to end.
 *
 * @throws Error when the contract does not compile
 */
export async function createDeps(config: Config, logger: Logger): Promise<AppDeps> {
  const contract = await compileContract(contractFile);
  const db = await createDatabasePool({ url: config.databaseUrl, poolMax: config.databasePoolMax });
  return {
    contract,
    db,
    logger,
    authenticate: createAuthenticator({
      jwtSecret: config.jwtSecret,
      jwksUrl: config.jwksUrl,
      issuer: config.jwtIssuer,
      audience: config.jwtAudience,
    }),
    trustProxy: config.trustProxy,
    validateResponses: config.validateResponses,
    version: packageJson.version,
  };
}
