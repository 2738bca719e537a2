import type { Operation } from './operations.ts';
import { directChildren, type Context, type Place } from './place.ts';
import { hasType, layers, within } from './schema-tree.ts';

/**
 * Every list is cut into pages, in one way. A list is what is called one, or answers an array, or has objects in an array or
 * under names that it does not list, unless it is a download (RFC 6266), which is streamed.
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
  const properties = propertiesOf(schema, context);
  const required = new Set(layers(context, schema, 'always').flatMap(({ node }) => node.required));
  for (const name of ['items', 'next_cursor']) {
    if (!properties.has(name) || !required.has(name)) yield `A page needs the property ${name}.`;
  }
  for (const name of properties.keys()) {
    if (name !== 'items' && name !== 'next_cursor') yield `A page has no property ${name}.`;
  }
}

function holdsList(schema: Place, context: Context): boolean {
  return isA('array', schema, context) || hidesList(schema, context);
}

/**
 * At whatever depth, so that no list is hidden in another object, or in another list.
 *
 * @param isRepeated whether there may be many such values
 */
function hidesList(
  schema: Place,
  context: Context,
  isRepeated = false,
  above: readonly Place['node'][] = [],
): boolean {
  if (above.includes(schema.node)) return false;
  if (isRepeated && isA('object', schema, context)) return true;
  const parts = layers(context, schema, 'ever').flatMap((layer) => [...within(layer)]);
  return parts.some(([step, inner]) => {
    const isNamed = step.startsWith('properties/');
    return (
      step === 'properties/next_cursor' ||
      hidesList(inner, context, !isNamed, [...above, schema.node])
    );
  });
}

/** What is said about each property, by whichever schema, the first that names it. */
function propertiesOf(schema: Place, context: Context): Map<string, Place> {
  const named = layers(context, schema, 'ever').flatMap((layer) => [
    ...directChildren(layer, 'properties'),
  ]);
  return new Map(named.toReversed());
}

function isA(type: string, schema: Place, context: Context): boolean {
  return layers(context, schema, 'ever').some((layer) => hasType(layer, type));
}
