import { sql } from 'slonik';
import { createClient, type Client } from '../support/client.ts';
import type { TestServer } from '../support/server.ts';
import { signToken } from '../support/tokens.ts';

/** The path of a user's account. */
export function accountOf(user: string): string {
  return `/api/${encodeURIComponent(user)}`;
}

/** The time in whole seconds since the epoch, as tokens have it. */
export function now(): number {
  return Math.floor(Date.now() / 1000);
}

/**
 * A client whose token was issued at that time, in seconds since the epoch. The server allows issuers a
 * clock that is up to five seconds ahead, so a test need not wait for the next second.
 */
export async function issuedAt(url: string, user: string, time: number): Promise<Client> {
  return createClient(url, await signToken({ sub: user, iat: time, exp: now() + 300 }));
}

/**
 * Makes it as if a user had been erased half a minute ago, so that tokens of now are good again, and those of a minute
 * ago are not.
 */
export async function letTimePass(server: TestServer, user: string): Promise<void> {
  await moveErasure(server, user, now() - 30);
}

/** Makes it as if a user had been erased at that time, in seconds since the epoch. */
export async function moveErasure(server: TestServer, user: string, time: number): Promise<void> {
  await server.db.query(sql.unsafe`
    UPDATE users
    SET erased_at = to_timestamp(${time}), created_at = least(created_at, to_timestamp(${time}))
    WHERE user_id = ${user}`);
}
