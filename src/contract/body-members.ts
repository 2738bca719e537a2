/** How many members that nobody knows the validator is shown: as many as an answer names. */
const MAX_UNKNOWN = 100;

/**
 * The names that the body of each operation may have at its top, by operationId. There is none for a body that is
 * described in another way than by a list of them: it is the validator's alone.
 *
 * @param document the bundled OpenAPI document
 */
export function bodyMembers(document: unknown): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, ReadonlySet<string>>();
  const operations = members(get(document, 'paths')).flatMap(([, path]) => members(path));
  for (const [, operation] of operations) {
    const id = get(operation, 'operationId');
    const contents = members(get(operation, 'requestBody', 'content'));
    const schemas = contents.map(([, content]) => resolve(document, get(content, 'schema')));
    if (typeof id !== 'string' || schemas.length === 0 || !schemas.every(isClosed)) continue;
    const names = schemas.flatMap((schema) =>
      members(get(schema, 'properties')).map(([name]) => name),
    );
    found.set(id, new Set(names));
  }
  return found;
}

/** Whether nothing but its `properties` says which names there are. */
function isClosed(schema: unknown): boolean {
  const parts = ['$ref', 'allOf', 'anyOf', 'oneOf', 'patternProperties'];
  return (
    get(schema, 'additionalProperties') === false &&
    parts.every((part) => get(schema, part) === undefined)
  );
}

/**
 * Leaves out what would only cost: of the members that nobody knows all but the first hundred. The validator makes an error
 * of each, at microseconds each, and a body has room for fifteen thousand.
 *
 * @param known the names that the body may have; undefined leaves the body as it is
 * @returns what the validator is to see, and the names of the others
 */
export function withoutMany(
  body: unknown,
  known: ReadonlySet<string> | undefined,
): { readonly shown: unknown; readonly hidden: readonly string[] } {
  const all = { shown: body, hidden: [] };
  if (!known || typeof body !== 'object' || body === null || Array.isArray(body)) return all;
  const names = Object.keys(body);
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length <= MAX_UNKNOWN) return all;
  const kept = [...names.filter((name) => known.has(name)), ...unknown.slice(0, MAX_UNKNOWN)];
  const shown = Object.fromEntries(kept.map((name) => [name, get(body, name)]));
  return { shown, hidden: unknown.slice(MAX_UNKNOWN) };
}

function resolve(document: unknown, schema: unknown): unknown {
  const ref = get(schema, '$ref');
  // As the bundle writes them; what is written otherwise stays as it is, and is not closed.
  if (typeof ref !== 'string' || !ref.startsWith('#/components/schemas/')) return schema;
  return get(document, ...ref.slice(2).split('/'));
}

function get(from: unknown, ...names: readonly string[]): unknown {
  let value = from;
  for (const name of names) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.getOwnPropertyDescriptor(value, name)?.value;
  }
  return value;
}

function members(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}
