import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { expect } from '@jest/globals';
import { sql } from 'slonik';
import type { TestServer } from '../support/server.ts';
import { contract, operationOf, dereference, violations } from '../support/contract.ts';
import { signToken } from '../support/tokens.ts';

/** The two formats of an export. */
export const JSON_TYPE = 'application/json';
export const LINES_TYPE = 'application/x-ndjson';

/** An export, read to its end and held against the contract. */
export interface Export {
  readonly headers: Headers;
  readonly text: string;
  readonly user: any;
  readonly tasks: readonly any[];
}

/** The path of a user's export. */
export function exportOf(user: string): string {
  return `/api/${encodeURIComponent(user)}/export`;
}

/** Reads an export in that format; fails unless it is complete and as documented. */
export async function readExport(
  server: TestServer,
  user: string,
  accept: string,
): Promise<Export> {
  const token = await signToken({ sub: user });
  const response = await fetch(server.url + exportOf(user), {
    headers: { Authorization: `Bearer ${token}`, Accept: accept },
  });
  const text = await response.text();
  expect(response.status).toBe(200);
  const mediaType = response.headers.get('Content-Type')!.replace(/;.*/, '');
  const { user: account, tasks } = parse(mediaType, text);
  assertDocumented(response.headers, mediaType, { user: account, tasks }, text);
  return { headers: response.headers, text, user: account, tasks };
}

function parse(mediaType: string, text: string): { user: any; tasks: any[] } {
  if (mediaType === JSON_TYPE) return JSON.parse(text);
  expect(text.endsWith('\n')).toBe(true);
  const [user, ...tasks] = text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line));
  return { user, tasks };
}

function assertDocumented(headers: Headers, mediaType: string, value: object, text: string) {
  const documented = operationOf('GET', '/api/x/export')!.responses[200];
  for (const [name, reference] of Object.entries<any>(documented.headers)) {
    const header = dereference(reference);
    const sent = headers.get(name);
    if (sent === null) expect(header.required ?? false).toBe(false);
    else expect(violations(header.schema, sent)).toEqual([]);
  }
  const { UserExport } = contract.components.schemas;
  expect(violations(UserExport, value)).toEqual([]);
  if (mediaType !== JSON_TYPE) {
    expect(violations(documented.content[mediaType].schema, text)).toEqual([]);
  }
}

/** Begins an export and stops reading at once: what the server goes on sending stays on the way. */
export async function beginExport(
  server: TestServer,
  user: string,
  accept: string = LINES_TYPE,
): Promise<IncomingMessage> {
  const token = await signToken({ sub: user });
  const request = get(server.url + exportOf(user), {
    headers: { Authorization: `Bearer ${token}`, Accept: accept },
    agent: false,
  });
  // What becomes of the connection is what the tests look at.
  request.on('error', () => undefined);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  return response;
}

/**
 * As `beginExport`, on a connection on which a test may write what comes behind.
 *
 * @returns the connection, and what has been read of the answer
 */
export async function beginRawExport(
  url: string,
  user: string,
): Promise<{ socket: Socket; begun: string }> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const lines = [
    `GET ${exportOf(user)} HTTP/1.1`,
    'Host: x',
    `Authorization: Bearer ${await signToken({ sub: user })}`,
    `Accept: ${LINES_TYPE}`,
  ];
  socket.write([...lines, '', ''].join('\r\n'));
  const [begun] = (await once(socket, 'data')) as [Buffer];
  socket.pause();
  expect(begun.toString()).toMatch(/^HTTP\/1.1 200 [^]*\r\nConnection: keep-alive\r\n/);
  return { socket, begun: begun.toString() };
}

/**
 * Puts tasks into the database, by the number, with the longest descriptions that there are: a thousand
 * of them are 10 MB.
 */
export async function insertManyTasks(
  server: TestServer,
  user: string,
  count: number,
): Promise<void> {
  await server.db.query(
    sql.unsafe`INSERT INTO users (user_id, revision) VALUES (${user}, ${count})`,
  );
  // A statement may take five seconds.
  for (let first = 1; first <= count; first += 2_000) {
    await server.db.query(sql.unsafe`
      INSERT INTO tasks (user_id, id, title, description, created_at, updated_at, revision)
      SELECT ${user}, gen_random_uuid(), 'task ' || n, repeat('abcdefghi ', 1000), moment, moment, n
      FROM generate_series(${first}::int, ${Math.min(count, first + 1_999)}::int) AS n,
        LATERAL (SELECT '2026-01-01'::timestamptz + n * interval '1 millisecond' AS moment) AS time`);
  }
}
