import type { Operation } from './operations.ts';

/** Nothing is sent twice that has not changed, nothing changed unseen, and nothing created twice by accident. */
export function* conditional(operation: Operation): Generator<string> {
  if (!operation.isSecured) return;
  if (operation.method === 'get') yield* reads(operation);
  else if (operation.method === 'post') yield* creates(operation);
  else yield* changes(operation);
}

function* reads(operation: Operation): Generator<string> {
  if (!operation.has('header', 'if-none-match')) yield 'A read takes If-None-Match.';
  if (operation.response(304) === undefined) yield 'A read can answer 304.';
  yield* tagged(operation, [200, 304]);
}

function* changes(operation: Operation): Generator<string> {
  if (!operation.has('header', 'if-match')) yield 'A change takes If-Match.';
  for (const status of [412, 428]) {
    if (operation.response(status) === undefined) yield `A change can answer ${status}.`;
  }
  yield* tagged(operation, [200, 412]);
}

function* creates(operation: Operation): Generator<string> {
  if (!operation.has('header', 'idempotency-key')) yield 'A POST takes Idempotency-Key.';
  for (const status of [409, 422]) {
    if (operation.response(status) === undefined) yield `A POST with a key can answer ${status}.`;
  }
  const created = operation.response(201);
  if (created !== undefined && !created.headers.has('location')) yield 'A 201 needs Location.';
  yield* tagged(operation, [201]);
}

function* tagged(operation: Operation, statuses: readonly number[]): Generator<string> {
  for (const status of statuses) {
    const response = operation.response(status);
    if (response !== undefined && !response.headers.has('etag')) yield `The ${status} needs ETag.`;
  }
}
