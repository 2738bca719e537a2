/** A position in the contract, in Redocly's terms. */
export interface Location {
  readonly source: { readonly absoluteRef: string };
  child(key: string | number): Location;
}

/** What Redocly hands to a rule beside the node that it visits. */
export interface Context {
  readonly location: Location;
  report(problem: { message: string; location: Location }): void;
  resolve(node: unknown, from?: string): { node?: unknown; location?: Location };
}

/** A part of the contract, and where it stands, to point at. */
export interface Place {
  readonly node: Readonly<Record<string, unknown>>;
  readonly location: Location;
}

/** Whether a part of the contract has keys. */
export function isObject(node: unknown): node is Readonly<Record<string, unknown>> {
  return typeof node === 'object' && node !== null && !Array.isArray(node);
}

/**
 * What stands below a place, behind any references.
 *
 * @param keys the way there
 * @returns undefined where there is nothing with keys; that a reference leads nowhere is another rule's business
 */
export function below(
  context: Context,
  { node, location }: Place,
  ...keys: readonly (string | number)[]
): Place | undefined {
  const [key, ...rest] = keys;
  if (typeof node.$ref === 'string') {
    const target = context.resolve(node, location.source.absoluteRef);
    if (!isObject(target.node) || target.location === undefined) return undefined;
    return below(context, { node: target.node, location: target.location }, ...keys);
  }
  if (key === undefined) return { node, location };
  const child = direct({ node, location }, key);
  return child === undefined ? undefined : below(context, child, ...rest);
}

/** What stands one step below a place, with a reference as it is written and not followed. */
export function direct({ node, location }: Place, key: string | number): Place | undefined {
  const value = node[key];
  // A list is an object whose keys are numbers.
  const child: unknown = Array.isArray(value) ? Object.fromEntries(value.entries()) : value;
  return isObject(child) ? { node: child, location: location.child(key) } : undefined;
}

/** Everything two steps below a place, by its key, with references as they are written. */
export function directChildren(place: Place, key: string): Map<string, Place> {
  const parent = direct(place, key);
  if (parent === undefined) return new Map();
  return new Map(
    Object.keys(parent.node).flatMap((name) => {
      const child = direct(parent, name);
      return child === undefined ? [] : [[name, child] as const];
    }),
  );
}

/** Everything one step below a place, by its key, behind any references. */
export function children(
  context: Context,
  place: Place,
  ...keys: readonly string[]
): Map<string, Place> {
  const parent = below(context, place, ...keys);
  if (parent === undefined) return new Map();
  return new Map(
    Object.keys(parent.node).flatMap((key) => {
      const child = below(context, parent, key);
      return child === undefined ? [] : [[key, child] as const];
    }),
  );
}
