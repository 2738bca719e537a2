import type { Operation } from './operations.ts';
import { children, direct, type Context, type Place } from './place.ts';
import { aboutSame, hasType, within } from './schema-tree.ts';

/**
 * Every pattern or text format that a request can fail, at whatever depth, has a sentence for people in `x-invalid`: a
 * regular expression says nothing to them.
 */
export function* explained(operation: Operation, context: Context): Generator<string> {
  const seen = new Set<Place['node']>();
  for (const [name, schema] of schemasOf(operation, context)) {
    for (const way of unexplained(context, schema, seen)) {
      yield `${name}${way} has a pattern or a format and needs x-invalid: a sentence that begins with "must".`;
    }
  }
}

/** What a request is made of, with its name. */
function* schemasOf(operation: Operation, context: Context): Generator<[string, Place]> {
  const parts = [
    ...operation.parameters.map((place) => [`The parameter ${place.name}`, place] as const),
    ...[...children(context, operation, 'requestBody', 'content').values()].map(
      (place) => ['The request body', place] as const,
    ),
  ];
  for (const [name, part] of parts) {
    // A parameter has either a schema or, as a body does, a media type that has one.
    for (const holder of [part, ...children(context, part, 'content').values()]) {
      const schema = direct(holder, 'schema');
      if (schema !== undefined) yield [name, schema];
    }
  }
}

/**
 * The ways to the schemas that lack the sentence.
 *
 * @param seen those that were looked at before, each of which is reported once
 */
function* unexplained(
  context: Context,
  schema: Place,
  seen: Set<Place['node']>,
  way = '',
): Generator<string> {
  if (seen.has(schema.node)) return;
  seen.add(schema.node);
  if (isLacking(schema)) yield way;
  for (const same of aboutSame(context, schema)) yield* unexplained(context, same, seen, way);
  for (const [step, inner] of within(schema)) {
    yield* unexplained(context, inner, seen, `${way === '' ? ' at ' : `${way}/`}${step}`);
  }
}

function isLacking(schema: Place): boolean {
  const { node } = schema;
  if (!('pattern' in node) && !(hasType(schema, 'string') && 'format' in node)) return false;
  const sentence = node['x-invalid'];
  return typeof sentence !== 'string' || !sentence.startsWith('must ');
}
