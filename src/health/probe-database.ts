import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'slonik';
import { ProblemError } from '../contract/problems.ts';
import { standardSchema } from '../contract/schemas.ts';
import type { Database } from '../db/owner.ts';

/** What the health operations need. */
export interface HealthDeps {
  readonly db: Database;
  /** The version of this program (Semantic Versioning). */
  readonly version: string;
}

/** How long the database may take to answer, in milliseconds: whoever probes waits no longer either. */
const DEADLINE = 2_000;

const probeRow = standardSchema<{ migrated: boolean }>({
  type: 'object',
  required: ['migrated'],
  properties: { migrated: { type: 'boolean' } },
});

/**
 * Asks the database whether it is there, and has the tables.
 *
 * @returns how long it took, in milliseconds
 * @throws ProblemError `service_unavailable` when it does not answer in time
 */
export async function probeDatabase(db: Database): Promise<number> {
  const startedAt = performance.now();
  const settled = new AbortController();
  const deadline = delay(DEADLINE, undefined, { signal: settled.signal }).then(() => {
    throw new Error(`no answer within ${String(DEADLINE)} ms`);
  });
  try {
    const answer = db.one(
      sql.type(probeRow)`/* probe_database */ SELECT to_regclass('tasks') IS NOT NULL AS migrated`,
    );
    const { migrated } = await Promise.race([answer, deadline]);
    if (!migrated) throw new Error('the database has no table for tasks: run the migrations');
  } catch (cause) {
    throw new ProblemError('service_unavailable', 'The database is not ready.', {
      headers: { 'Retry-After': '1' },
      cause,
    });
  } finally {
    settled.abort();
    deadline.catch(() => undefined); // Aborted: that is how it ends.
  }
  return performance.now() - startedAt;
}
