import type { RequestOf, ResponseOf } from '../contract/types.ts';

/** `GET /livez`: the process serves requests. It asks nothing of the database: restarting would not mend that. */
export function getLiveness(
  _request: RequestOf<'getLiveness'>,
): Promise<ResponseOf<'getLiveness'>> {
  return Promise.resolve({ status: 200, body: { status: 'ok' } });
}
