import { randomUUID } from 'node:crypto';

const WELL_FORMED_REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** The id for a request: the one it brought when that is well-formed, else a new one. */
export function acceptRequestId(sent: unknown): string {
  return typeof sent === 'string' && WELL_FORMED_REQUEST_ID.test(sent) ? sent : randomUUID();
}
