import { rm } from 'node:fs/promises';
import './global-setup.ts';
import { logDirectoryVariable, searchLogs } from './log-files.ts';

/**
 * Run by jest once, after all test files, also when some failed: stops PostgreSQL and deletes its data, and searches what
 * the servers under test have logged. What it throws fails the run.
 */
export default async function globalTeardown(): Promise<void> {
  await globalThis.stopBetween?.();
  await globalThis.testPostgres?.stop();
  const logs = process.env[logDirectoryVariable];
  if (logs === undefined) return;
  try {
    searchLogs(logs);
  } finally {
    await rm(logs, { recursive: true, force: true });
  }
}
