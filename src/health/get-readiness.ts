import type { RequestOf, ResponseOf } from '../contract/types.ts';
import { probeDatabase, type HealthDeps } from './probe-database.ts';

/** `GET /readyz`: whether this instance should be sent requests. */
export async function getReadiness(
  _request: RequestOf<'getReadiness'>,
  { db }: HealthDeps,
): Promise<ResponseOf<'getReadiness'>> {
  await probeDatabase(db);
  return { status: 200, body: { status: 'ok' } };
}
