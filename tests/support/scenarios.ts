import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { sql } from 'slonik';
import type { Answer, Client } from './client.ts';
import type { TestServer } from './server.ts';

/** A task as the API answers it. */
export interface Task {
  readonly id: string;
  readonly user_id: string;
  readonly title: string;
  readonly description: string | null;
  readonly completed: boolean;
  readonly created_at: string;
  readonly updated_at: string;
  readonly completed_at: string | null;
  readonly revision: number;
}

/** The request header that `updateTask` needs. */
export const MERGE_PATCH = { 'Content-Type': 'application/merge-patch+json' };

/** A UUID of version 7 (RFC 9562), in lower case. */
export const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The path of a user's tasks. */
export function tasksOf(user: string): string {
  return `/api/${encodeURIComponent(user)}/tasks`;
}

/** Creates a task by the API; by default one titled `a task`. */
export async function createTask(client: Client, user: string, fields: object = {}): Promise<Task> {
  const answer = await client('POST', tasksOf(user), { body: { title: 'a task', ...fields } });
  if (answer.status !== 201) throw new Error(`not created: ${answer.text}`);
  return answer.body;
}

/**
 * Puts tasks into the database as if a new user had written them one after the other.
 *
 * @param fields what each task shall have other than the defaults
 * @returns the tasks as the API must answer them, in the given order
 */
export async function insertTasks(
  server: TestServer,
  user: string,
  fields: readonly Partial<Omit<Task, 'user_id' | 'completed' | 'revision'>>[],
): Promise<Task[]> {
  const now = new Date().toISOString();
  const rows = fields.map((given, index) => ({
    id: randomUUID(),
    user_id: user,
    title: `task ${index}`,
    description: null,
    created_at: now,
    updated_at: now,
    completed_at: null,
    ...given,
    revision: index + 1,
  }));
  await server.db.query(sql.unsafe`
    WITH owner AS (INSERT INTO users (user_id, revision) VALUES (${user}, ${rows.length}))
    INSERT INTO tasks SELECT * FROM json_populate_recordset(NULL::tasks, ${JSON.stringify(rows)}::json)`);
  return rows.map((row) => ({ ...row, completed: row.completed_at !== null }));
}

/** Every row of every user, as text that can be compared. */
export async function everything(server: TestServer): Promise<string> {
  const rows = await server.db.oneFirst(sql.unsafe`
    SELECT concat(
      (SELECT json_agg(users ORDER BY user_id) FROM users),
      (SELECT json_agg(tasks ORDER BY user_id, id) FROM tasks))`);
  return String(rows);
}

/** The user's write counter as it is stored; 0 when there is no such user. */
export async function revisionOf(server: TestServer, user: string): Promise<number> {
  return Number(
    await server.db.maybeOneFirst(sql.unsafe`SELECT revision FROM users WHERE user_id = ${user}`),
  );
}

/** Makes a request, and fails when it leaves anything behind: in any row, or in what its user sees. */
export async function leavingNoTrace(
  server: TestServer,
  owner: { readonly client: Client; readonly user: string },
  attempt: () => Promise<Answer>,
): Promise<Answer> {
  const list = () => owner.client('GET', `${tasksOf(owner.user)}?limit=100`);
  const before = [await everything(server), await list()] as const;
  const answer = await attempt();
  const after = [await everything(server), await list()] as const;
  expect(after[0]).toBe(before[0]);
  expect(after[1].text).toBe(before[1].text);
  expect(after[1].headers.get('ETag')).toBe(before[1].headers.get('ETag'));
  return answer;
}

/** Fails unless the answer is this problem, as a whole, with `errors` at exactly these places, if any. */
export function expectProblem(
  answer: Answer,
  status: number,
  code: string,
  places: readonly string[] = [],
): void {
  const { errors, ...document } = answer.body;
  const requestId = answer.headers.get('X-Request-Id');
  expect(document).toEqual({
    type: `/problems/${code}`,
    title: expect.any(String),
    status,
    detail: expect.any(String),
    instance: `urn:request:${requestId}`,
    code,
    request_id: requestId,
  });
  expect(answer.status).toBe(status);
  expect(answer.headers.get('Content-Type')).toBe('application/problem+json; charset=utf-8');
  expect(placesIn(errors ?? [])).toEqual([...places].sort());
}

/** The invalid places, each once: `#/title` for a place in the body, `parameter limit`, `header if-none-match`. */
function placesIn(errors: readonly Record<string, string>[]): string[] {
  const places = errors.map(({ pointer, parameter, header }) => {
    if (pointer !== undefined) return pointer;
    return parameter === undefined ? `header ${header}` : `parameter ${parameter}`;
  });
  return [...new Set(places)].sort();
}

/** Makes the request as GET and as HEAD, and fails unless the second is the first without its body. */
export async function expectHeadAsGet(
  client: Client,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const [get, head] = [
    await client('GET', path, { headers }),
    await client('HEAD', path, { headers }),
  ];
  // The connection is the client's affair, and the time and the request's id differ.
  const compared = (answer: Answer) =>
    [...answer.headers].filter(
      ([name]) => !/^(connection|keep-alive|date|x-request-id)$/.test(name),
    );
  expect(head.status).toBe(get.status);
  expect(compared(head)).toEqual(compared(get));
  expect(head.text).toBe('');
}
