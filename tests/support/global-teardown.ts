import './global-setup.ts';

/** Run by jest once, after all test files, also when some failed: stops PostgreSQL and deletes its data. */
export default async function globalTeardown(): Promise<void> {
  await globalThis.testPostgres?.stop();
}
