import type { Operation } from './operations.ts';
import { below, children, direct, type Context, type Place } from './place.ts';
import { aboutSame, alternatives, conjuncts, hasType, within } from './schema-tree.ts';

/** Every error is a problem document (RFC 9457) and nothing else, and nothing else is one. */
export function* problems(operation: Operation): Generator<string> {
  for (const { status, schemas } of operation.responses) {
    const mediaTypes = [...schemas.keys()];
    if (status >= 400 && mediaTypes.join() !== 'application/problem+json') {
      yield `The body of a ${status} is application/problem+json and nothing else.`;
    }
    if (status < 400 && mediaTypes.includes('application/problem+json')) {
      yield `The body of a ${status} is no problem document.`;
    }
  }
}

/** A body is required, and the answers to one that cannot be taken are documented. */
export function* refusable(operation: Operation, context: Context): Generator<string> {
  const body = below(context, operation, 'requestBody');
  if (body === undefined) return;
  if (body.node.required !== true) yield 'A request body is required.';
  for (const status of [413, 415]) {
    if (operation.response(status) === undefined) yield `A request with a body can get ${status}.`;
  }
  const headers = operation.response(415)?.headers;
  // RFC 5789, section 2.2; RFC 9110, section 15.5.16.
  const wanted = operation.method === 'patch' ? 'Accept-Patch' : 'Accept';
  if (headers !== undefined && !headers.has(wanted.toLowerCase())) yield `The 415 needs ${wanted}.`;
}

/** No object that is sent or answered, at whatever depth, has properties that the contract does not name. */
export function* closed(operation: Operation, context: Context): Generator<string> {
  const bodies = children(context, operation, 'requestBody', 'content');
  for (const content of bodies.values()) {
    const schema = direct(content, 'schema');
    if (schema === undefined) continue;
    for (const way of new Set(open(context, schema))) {
      yield `The request body${way} needs additionalProperties or unevaluatedProperties: false.`;
    }
  }
  for (const { status, schemas } of operation.responses) {
    const ways = [...schemas.values()].flatMap((schema) => [...open(context, schema)]);
    for (const way of new Set(ways)) {
      yield `The body of the ${status}${way} needs additionalProperties or unevaluatedProperties: false.`;
    }
  }
}

/** The ways to the objects in a schema that take any property. */
function* open(
  context: Context,
  schema: Place,
  way = '',
  isShutAlready = false,
  above: readonly Place['node'][] = [],
): Generator<string> {
  if (above.includes(schema.node)) return;
  const path = [...above, schema.node];
  const isClosed = isShutAlready || isShut(context, schema);
  const isObject =
    hasType(schema, 'object') || 'properties' in schema.node || 'patternProperties' in schema.node;
  if (isObject && !isClosed) yield way;
  for (const same of aboutSame(context, schema)) yield* open(context, same, way, isClosed, path);
  for (const [step, inner] of within(schema)) {
    yield* open(context, inner, `${way === '' ? ' at ' : `${way}/`}${step}`, false, path);
  }
}

/** Whether a schema lets no property in that is not named: itself, by what always holds, or whatever holds. */
function isShut(context: Context, schema: Place, above: readonly Place['node'][] = []): boolean {
  if (above.includes(schema.node)) return false;
  const { node } = schema;
  if (node.additionalProperties === false || node.unevaluatedProperties === false) return true;
  const shut = (place: Place) => isShut(context, place, [...above, node]);
  return (
    conjuncts(context, schema).some(shut) ||
    alternatives(schema).some((members) => members.every(shut))
  );
}
