import { sql } from 'slonik';
import { ProblemError } from '../contract/problems.ts';
import { standardSchema } from '../contract/schemas.ts';
import { within } from '../db/deadlines.ts';
import type { Database } from '../db/owner.ts';
import { withRetry } from '../db/retry.ts';
import { hasTimeLimits } from '../db/time-limits.ts';

/** What the health operations need. */
export interface HealthDeps {
  readonly probe: Probe;
  /** The version of this program (Semantic Versioning). */
  readonly version: string;
}

/**
 * Asks the database whether it is there, and fit to be used.
 *
 * @returns how long it took, in milliseconds
 * @throws ProblemError `service_unavailable` when it does not answer in time, or is not fit
 */
export type Probe = () => Promise<number>;

/** The database answers, and cannot be used as it is. */
class NotReadyError extends Error {
  override readonly name = 'NotReadyError';
  /** For the log: without the tables, or without the limits on time that `src/db/time-limits.ts` lists. */
  readonly reason: 'not_migrated' | 'no_time_limits';

  constructor(reason: NotReadyError['reason']) {
    super(reason);
    this.reason = reason;
  }
}

/** How long the database may take to answer, in milliseconds: whoever probes waits no longer either. */
const DEADLINE = 2_000;

const probeRow = standardSchema<{ migrated: boolean; limited: boolean }>({
  type: 'object',
  required: ['migrated', 'limited'],
  properties: { migrated: { type: 'boolean' }, limited: { type: 'boolean' } },
});

/**
 * Makes the probe of this instance. Whoever probes while the database is being asked shares the answer, so
 * that no number of probes is a load.
 *
 * @param db where a question does not wait behind the requests
 */
export function createProbe(db: Database): Probe {
  let asking: Promise<number> | undefined;
  return async () => {
    asking ??= ask(db).finally(() => (asking = undefined));
    try {
      return await within(DEADLINE, asking);
    } catch (cause) {
      throw new ProblemError('service_unavailable', 'The database is not ready.', {
        headers: { 'Retry-After': '1' },
        cause,
      });
    }
  };
}

async function ask(db: Database): Promise<number> {
  const startedAt = performance.now();
  const question = sql.type(probeRow)`
    /* probe_database */
    SELECT to_regclass('tasks') IS NOT NULL AS migrated, ${hasTimeLimits} AS limited`;
  // An idle connection that was broken in the meantime says nothing of the database as it is now.
  const { migrated, limited } = await withRetry(() => db.one(question), true);
  if (!migrated) throw new NotReadyError('not_migrated');
  if (!limited) throw new NotReadyError('no_time_limits');
  return performance.now() - startedAt;
}
