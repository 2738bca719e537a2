import createClient, { type Client } from 'openapi-fetch';
import type { paths } from 'todo-api/openapi';
import { signToken } from '../support/tokens.ts';

/** A front end's client, with types and nothing else: it does not look at the answers. */
export type TypedClient = Client<paths>;

/** A client of `user`. */
export async function typedClient(baseUrl: string, user: string): Promise<TypedClient> {
  const token = await signToken({ sub: user });
  return createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });
}

/** The header that `updateTask` needs; openapi-fetch sends `application/json` unless told. */
export const mergePatch = { 'Content-Type': 'application/merge-patch+json' };

/** What there is, or a failed test. */
export function present<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('It is not there.');
  return value;
}
