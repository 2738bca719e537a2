import type { Operation } from './operations.ts';
import { below, children, type Context, type Place } from './place.ts';

/**
 * Every list is cut into pages, in one way. A list is what is called one, or answers an array, or an object with an array of
 * objects in it, unless it is a download (RFC 6266), which is streamed.
 */
export function* paged(operation: Operation, context: Context): Generator<string> {
  const response = operation.response(200);
  const schema = response?.schemas.get('application/json');
  if (operation.method !== 'get' || response === undefined || schema === undefined) return;
  if (response.headers.has('content-disposition')) return;
  if (!String(operation.node.operationId).startsWith('list') && !holdsList(schema, context)) return;

  for (const name of ['limit', 'cursor']) {
    if (!operation.has('query', name)) yield `A list takes the query parameter ${name}.`;
  }
  if (!response.headers.has('link'))
    yield 'A page needs Link (RFC 8288), which says where the next is.';
  const properties = children(context, schema, 'properties');
  const required = new Set(Object.values(below(context, schema, 'required')?.node ?? {}));
  for (const name of ['items', 'next_cursor']) {
    if (!properties.has(name) || !required.has(name)) yield `A page needs the property ${name}.`;
  }
  for (const name of properties.keys()) {
    if (name !== 'items' && name !== 'next_cursor') yield `A page has no property ${name}.`;
  }
}

function holdsList(schema: Place, context: Context): boolean {
  if (schema.node.type === 'array') return true;
  const properties = children(context, schema, 'properties');
  if (properties.has('next_cursor')) return true;
  return [...properties.values()].some(
    (property) =>
      property.node.type === 'array' && below(context, property, 'items')?.node.type === 'object',
  );
}
