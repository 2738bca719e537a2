import { expect } from '@jest/globals';
import type { Session } from '../faults/session.ts';
import type { Answer, Client } from '../support/client.ts';
import { tasksOf } from '../support/scenarios.ts';

/** Creates a task under a key; by default one titled `a task`. */
export function post(
  client: Client,
  user: string,
  key: string,
  body: unknown = { title: 'a task' },
): Promise<Answer> {
  return client('POST', tasksOf(user), { body, headers: { 'Idempotency-Key': key } });
}

/** Whether the answer says that it is the first one, given again. */
export function isReplay({ headers }: Answer): boolean {
  return headers.get('Idempotency-Replayed') === 'true';
}

/** What a repeat must have in common with the first answer: all but what is about the exchange itself. */
export function lasting({ status, headers, text }: Answer): object {
  const ownPart = /^(connection|keep-alive|date|x-request-id|idempotency-replayed)$/;
  const kept = [...headers].filter(([name]) => !ownPart.test(name));
  return { status, text, headers: Object.fromEntries(kept) };
}

/** Fails unless the second answer is the first one, replayed. */
export function expectReplay(first: Answer, second: Answer): void {
  expect(first.status).toBe(201);
  expect(first.headers.get('Idempotency-Replayed')).toBeNull();
  expect(second.headers.get('Idempotency-Replayed')).toBe('true');
  expect(lasting(second)).toEqual(lasting(first));
}

/** How many tasks and how many kept answers a user has. */
export async function countOf(
  session: Session,
  user: string,
): Promise<{ tasks: number; keys: number }> {
  const [row] = await session.query(
    `SELECT (SELECT count(*)::int FROM tasks WHERE user_id = $1) AS tasks,
            (SELECT count(*)::int FROM idempotency_keys WHERE user_id = $1) AS keys`,
    [user],
  );
  return row;
}
