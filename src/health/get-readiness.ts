import type { RequestOf, ResponseOf } from '../contract/types.ts';
import type { HealthDeps } from './probe-database.ts';

/** `GET /readyz`: whether this instance should be sent requests. */
export async function getReadiness(
  _request: RequestOf<'getReadiness'>,
  { probe }: HealthDeps,
): Promise<ResponseOf<'getReadiness'>> {
  await probe();
  return { status: 200, body: { status: 'ok' } };
}
