// Compiled, never run: `npm run typecheck` fails when a line marked as an error is none.
import { Readable } from 'node:stream';
import { problem } from '../../src/contract/problems.ts';
import type { ResponseOf, Schema } from '../../src/contract/types.ts';

// Every negative case has a twin that differs from it in the one thing that is wrong and compiles.

declare const task: Schema<'Task'>;
const ETag = '"1"';

export function documented(): ResponseOf<'getTask'>[] {
  return [
    { status: 200, headers: { ETag }, body: task },
    { status: 304, headers: { ETag } },
    problem('task_not_found', 'There is no such task.'),
  ];
}

export function undocumentedStatus(): ResponseOf<'getTask'> {
  // @ts-expect-error -- 201 is not documented for a read
  return { status: 201, headers: { ETag }, body: task };
}

export function undocumentedForThisOperation(): ResponseOf<'createTask'> {
  // @ts-expect-error -- 304 is documented for reads only
  return { status: 304, headers: { ETag } };
}

export function widenedStatus(): ResponseOf<'deleteTask'>[] {
  const status = Number('204');
  // @ts-expect-error -- any number at all
  return [{ status: 204 }, { status }];
}

export function wholeBody(): ResponseOf<'listTasks'> {
  return { status: 200, headers: { ETag }, body: { items: [task], next_cursor: null } };
}

export function missingField(): ResponseOf<'listTasks'> {
  // @ts-expect-error -- next_cursor is required
  return { status: 200, headers: { ETag }, body: { items: [task] } };
}

export function extraField(): ResponseOf<'listTasks'> {
  return {
    status: 200,
    headers: { ETag },
    // @ts-expect-error -- there are no totals
    body: { items: [task], next_cursor: null, total: 1 },
  };
}

export function wrongType(): ResponseOf<'listTasks'> {
  // @ts-expect-error -- null, not undefined, ends a list
  return { status: 200, headers: { ETag }, body: { items: [task], next_cursor: undefined } };
}

export function fieldOfAnotherType(): ResponseOf<'getTask'> {
  // @ts-expect-error -- a Date is not what goes over the wire
  return { status: 200, headers: { ETag }, body: { ...task, created_at: new Date() } };
}

export function constant(): ResponseOf<'getLiveness'> {
  return { status: 200, body: { status: 'ok' } };
}

export function wrongConstant(): ResponseOf<'getLiveness'> {
  // @ts-expect-error -- the contract knows one value
  return { status: 200, body: { status: 'fine' } };
}

export function noBody(): ResponseOf<'getLiveness'> {
  // @ts-expect-error -- 200 has a body
  return { status: 200 };
}

export function bodyWhereNone(): ResponseOf<'deleteTask'> {
  // @ts-expect-error -- 204 has none
  return { status: 204, body: task };
}

export function created(): ResponseOf<'createTask'> {
  return { status: 201, headers: { ETag, Location: '/api/alice/tasks/1' }, body: task };
}

export function missingHeader(): ResponseOf<'createTask'> {
  // @ts-expect-error -- Location is required
  return { status: 201, headers: { ETag }, body: task };
}

export function missingETag(): ResponseOf<'getTask'> {
  // @ts-expect-error -- ETag is required
  return { status: 200, headers: {}, body: task };
}

export function noHeaders(): ResponseOf<'getTask'> {
  // @ts-expect-error -- ETag is required, and so are headers
  return { status: 200, body: task };
}

export function undocumentedHeader(): ResponseOf<'getTask'> {
  // @ts-expect-error -- the contract does not name it
  return { status: 200, headers: { ETag, 'X-Total': '1' }, body: task };
}

export function headerOfThePipeline(): ResponseOf<'getTask'> {
  // @ts-expect-error -- written by the pipeline on every answer, and by nobody else
  return { status: 200, headers: { ETag, 'X-Request-Id': 'me' }, body: task };
}

export function optionalHeader(): ResponseOf<'listTasks'>[] {
  const body = { items: [task], next_cursor: null };
  return [
    { status: 200, headers: { ETag }, body },
    { status: 200, headers: { ETag, Link: '</api/alice/tasks>; rel="next"' }, body },
  ];
}

export function wrongProblem(): ResponseOf<'getTask'> {
  // @ts-expect-error -- the operation documents no such code
  return problem('route_not_found', 'There is no such task.');
}

export function wrongProblemForTheStatus(): ResponseOf<'getTask'> {
  // @ts-expect-error -- forbidden is 403
  return { status: 404, problem: { code: 'forbidden', detail: 'There is no such task.' } };
}

export function rightProblemForTheStatus(): ResponseOf<'getTask'> {
  return { status: 404, problem: { code: 'task_not_found', detail: 'There is no such task.' } };
}

export function problemOfAnotherOperation(): ResponseOf<'createTask'> {
  // @ts-expect-error -- only lists have cursors
  return problem('invalid_cursor', 'The cursor is not one of this list.');
}

export function problemOfThisOperation(): ResponseOf<'listTasks'> {
  return problem('invalid_cursor', 'The cursor is not one of this list.');
}

export function unknownCode(): ResponseOf<'listTasks'> {
  // @ts-expect-error -- the catalogue has no such code
  return problem('teapot', 'The cursor is not one of this list.');
}

export function stale(): ResponseOf<'replaceTask'> {
  return { ...problem('precondition_failed', 'It has changed.'), headers: { ETag } };
}

export function staleWithoutETag(): ResponseOf<'replaceTask'> {
  // @ts-expect-error -- who is told that theirs is old must be told the current one
  return problem('precondition_failed', 'It has changed.');
}

export function staleRead(): ResponseOf<'getTask'> {
  // @ts-expect-error -- reads have no such precondition
  return { ...problem('precondition_failed', 'It has changed.'), headers: { ETag } };
}

export function stream(): ResponseOf<'exportUser'>[] {
  const disposition = { ETag, 'Content-Disposition': 'attachment; filename="tasks.json"' } as const;
  const body = Readable.from([]);
  return [
    { status: 200, headers: disposition, mediaType: 'application/json', stream: body },
    { status: 200, headers: disposition, mediaType: 'application/x-ndjson', stream: body },
    // @ts-expect-error -- a format that is not documented
    { status: 200, headers: disposition, mediaType: 'text/csv', stream: body },
    // @ts-expect-error -- without saying in which format
    { status: 200, headers: disposition, stream: body },
  ];
}

export function streamInsteadOfBody(): ResponseOf<'getLiveness'> {
  const stream = Readable.from([]);
  // @ts-expect-error -- what has one format is a value, which can be checked as a whole
  return { status: 200, stream };
}

export function bodyInsteadOfProblem(): ResponseOf<'getTask'> {
  // @ts-expect-error -- an error is a problem, which the sender completes
  return { status: 404, body: { error: 'not found' } };
}
