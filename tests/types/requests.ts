// Compiled, never run: `npm run typecheck` fails when a line marked as an error is none.
import type { Principal } from '../../src/auth/principal.ts';
import type { RequestOf, Schema } from '../../src/contract/types.ts';

// Every negative case has a twin that differs from it in the one thing that is wrong and compiles.

declare function look(value: unknown): void;

export function path({ path }: RequestOf<'getTask'>): string[] {
  // @ts-expect-error -- the operation has no such path parameter
  look(path.task_id);
  return [path.user_id, path.id];
}

export function collectionPath({ path }: RequestOf<'listTasks'>): string {
  // @ts-expect-error -- the collection's path has no id
  look(path.id);
  return path.user_id;
}

export function query({ query }: RequestOf<'listTasks'>): Schema<'Sort'> {
  // @ts-expect-error -- an undocumented query parameter
  look(query.offset);
  return query.sort;
}

export function defaultedQuery({ query }: RequestOf<'listTasks'>): number {
  // @ts-expect-error -- without a default, so it may be absent
  const cursor: string = query.cursor;
  // Filled in by the validator, so never absent.
  const limit: number = query.limit;
  return limit + cursor.length;
}

export function noQuery({ query }: RequestOf<'getTask'>): object {
  // @ts-expect-error -- a query parameter of another operation
  look(query.limit);
  return query;
}

export function body({ body }: RequestOf<'createTask'>): string {
  // @ts-expect-error -- an undocumented property
  look(body.priority);
  return body.title;
}

export function defaultedBody({ body }: RequestOf<'createTask'>): [string | null, boolean] {
  // Filled in by the validator, so never undefined.
  return [body.description, body.completed];
}

export function patchBody({ body }: RequestOf<'updateTask'>): string | undefined {
  // @ts-expect-error -- a merge patch need not name the title
  const title: string = body.title;
  look(title);
  return body.title;
}

export function noBody({ body }: RequestOf<'deleteTask'>): undefined {
  // @ts-expect-error -- the operation has no body
  look(body.title);
  return body;
}

export function header({ headers }: RequestOf<'getTask'>): string | undefined {
  // @ts-expect-error -- an undocumented header
  look(headers['accept-language']);
  return headers['if-none-match'];
}

export function headerName({ headers }: RequestOf<'getTask'>): string | undefined {
  // @ts-expect-error -- Node gives headers in lower case
  look(headers['If-None-Match']);
  return headers['if-none-match'];
}

export function noHeader({ headers }: RequestOf<'createTask'>): object {
  // @ts-expect-error -- a header of another operation
  look(headers['if-none-match']);
  return headers;
}

export function precondition({ headers }: RequestOf<'deleteUser'>): string | undefined {
  // @ts-expect-error -- dispatch refuses its absence, and the contract calls it optional
  const field: string = headers['if-match'];
  look(field);
  return headers['if-match'];
}

export function noPrecondition({ headers }: RequestOf<'exportUser'>): string | undefined {
  // @ts-expect-error -- a header of another operation
  look(headers['if-match']);
  return headers['if-none-match'];
}

export function chosenFormat({ accept }: RequestOf<'exportUser'>): string {
  // @ts-expect-error -- the client may have chosen the other one
  const json: 'application/json' = accept;
  const either: 'application/json' | 'application/x-ndjson' = accept;
  return json + either;
}

export function onlyFormat({ accept }: RequestOf<'getUser'>): 'application/json' {
  return accept;
}

export function principal({ principal }: RequestOf<'getTask'>): Principal {
  return principal;
}

export function stranger({ principal }: RequestOf<'getHealth'>): undefined {
  // @ts-expect-error -- nobody is signed in on a public operation
  look(principal.subject);
  return principal;
}

export function frozen(request: RequestOf<'createTask'>): void {
  // @ts-expect-error -- a request is read, not written
  request.principal = { subject: 'mallory' };
}
