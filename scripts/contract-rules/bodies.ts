import type { Operation } from './operations.ts';
import { below, children, type Context, type Place } from './place.ts';

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

/** No object that is sent or answered has properties that the contract does not name. */
export function* closed(operation: Operation, context: Context): Generator<string> {
  const bodies = children(context, operation, 'requestBody', 'content');
  for (const content of bodies.values()) {
    const schema = below(context, content, 'schema');
    if (schema !== undefined && isOpen(schema))
      yield 'The request body needs additionalProperties: false.';
  }
  for (const { status, schemas } of operation.responses) {
    if ([...schemas.values()].some(isOpen)) {
      yield `The body of the ${status} needs additionalProperties or unevaluatedProperties: false.`;
    }
  }
}

function isOpen({ node }: Place): boolean {
  const isShut = node.additionalProperties === false || node.unevaluatedProperties === false;
  return !isShut && (node.type === 'object' || 'properties' in node || 'allOf' in node);
}
