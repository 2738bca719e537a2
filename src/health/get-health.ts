import type { RequestOf, ResponseOf } from '../contract/types.ts';
import type { HealthDeps } from './probe-database.ts';

/** `GET /health`: for people and dashboards, what runs here and how the database does. */
export async function getHealth(
  _request: RequestOf<'getHealth'>,
  { probe, version }: HealthDeps,
): Promise<ResponseOf<'getHealth'>> {
  const latency = await probe();
  return {
    status: 200,
    body: {
      status: 'ok',
      version,
      database: { status: 'ok', latency_ms: Math.round(latency * 100) / 100 },
    },
  };
}
