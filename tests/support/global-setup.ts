import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startPostgres, type RunningPostgres } from '../../scripts/local/postgres.ts';
import { migrate } from '../../src/db/migrate.ts';
import { adminUrlVariable, templateDatabase } from './database.ts';
import { logDirectoryVariable } from './log-files.ts';
import { logDirectoryPrefix, removeLeftovers, testClusterName } from './leftovers.ts';
import { startPgBouncer } from './pgbouncer.ts';
import { chosenWay, poolerVariable, wsProxyVariable } from './way.ts';
import { startWsProxy } from './ws-proxy.ts';

declare global {
  /** Handed from the setup to the teardown, which jest runs in the same process. */
  var testPostgres: RunningPostgres | undefined;
  /** Whatever is between the servers under test and PostgreSQL. */
  var stopBetween: (() => Promise<void>) | undefined;
}

/**
 * Run by jest once, before all test files: starts a PostgreSQL in a new temporary directory, migrates one database, and
 * seals it as the template from which each test file makes its own. The workers find the server by an environment
 * variable, and by others the directory for the logs of the servers that they test, and what is on their way to the database.
 */
export default async function globalSetup(): Promise<void> {
  await removeLeftovers();
  const directory = join(tmpdir(), testClusterName(process.pid, randomBytes(4).toString('hex')));
  const postgres = await startPostgres({ directory, persistent: false });
  try {
    const template = new URL(postgres.url);
    template.pathname = `/${templateDatabase}`;
    await migrate(template.href);
    await sealTemplate(postgres.url);
    globalThis.stopBetween = await startBetween(postgres.url);
  } catch (error) {
    // jest runs no teardown after a setup that failed.
    await postgres.stop();
    throw error;
  }
  process.env[adminUrlVariable] = postgres.url;
  process.env[logDirectoryVariable] = await mkdtemp(
    join(tmpdir(), logDirectoryPrefix(process.pid)),
  );
  globalThis.testPostgres = postgres;
}

/** Starts what the chosen way to the database leads through. */
async function startBetween(adminUrl: string): Promise<() => Promise<void>> {
  switch (chosenWay()) {
    case 'tcp':
      return () => Promise.resolve();
    case 'neon': {
      const proxy = await startWsProxy();
      process.env[wsProxyVariable] = proxy.url;
      return () => proxy.close();
    }
    case 'pgbouncer': {
      const pooler = await startPgBouncer(adminUrl);
      process.env[poolerVariable] = `${pooler.port}/${new URL(adminUrl).port}`;
      return () => pooler.stop();
    }
  }
}

/** A database cannot be copied while somebody is connected to it, so nobody may. */
async function sealTemplate(adminUrl: string): Promise<void> {
  const client = new pg.Client(adminUrl);
  await client.connect();
  try {
    await client.query(`ALTER DATABASE ${templateDatabase} ALLOW_CONNECTIONS false`);
  } finally {
    await client.end();
  }
}
