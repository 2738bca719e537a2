/** What a path leads to. */
export interface PathMatch<Value> {
  readonly value: Value;
  /** What the template's parameters are in the path, decoded; none when one of them is not percent-encoded UTF-8. */
  readonly parameters: Record<string, string> | undefined;
}

/** A place in the index: what has been read of a path so far. */
interface Place<Value> {
  readonly literals: Map<string, Place<Value>>;
  /** Where any segment leads that is not empty. */
  parameter?: Place<Value>;
  /** The template that ends here. */
  end?: End<Value>;
}

interface End<Value> {
  readonly value: Value;
  /** For each segment the name of the parameter that it is, if it is one. */
  readonly names: readonly (string | undefined)[];
}

/**
 * Finds the path of an OpenAPI document that a request is for, in a time that does not depend on how many there are. A segment as it
 * is written goes before a parameter (OpenAPI 3.1, Path Templating Matching), and a parameter is a whole segment.
 *
 * @param values what each template leads to; a template is such as `/tasks/{id}`
 * @returns takes a path as it came, percent-encoded; gives nothing when no template matches
 */
export function createPathIndex<Value>(
  values: Iterable<readonly [template: string, value: Value]>,
): (path: string) => PathMatch<Value> | undefined {
  const root: Place<Value> = { literals: new Map() };
  for (const [template, value] of values) {
    const segments = template.split('/');
    let place = root;
    for (const segment of segments)
      place = isParameter(segment) ? behindParameter(place) : behind(place, segment);
    const names = segments.map((segment) =>
      isParameter(segment) ? segment.slice(1, -1) : undefined,
    );
    place.end = { value, names };
  }
  return (path) => {
    const segments = path.split('/');
    const end = find(root, segments, 0);
    return end && { value: end.value, parameters: decode(end.names, segments) };
  };
}

function isParameter(segment: string): boolean {
  return segment.startsWith('{');
}

function behindParameter<Value>(place: Place<Value>): Place<Value> {
  return (place.parameter ??= { literals: new Map() });
}

function behind<Value>({ literals }: Place<Value>, segment: string): Place<Value> {
  const known = literals.get(segment) ?? { literals: new Map<string, Place<Value>>() };
  literals.set(segment, known);
  return known;
}

function find<Value>(
  place: Place<Value>,
  segments: readonly string[],
  index: number,
): End<Value> | undefined {
  const segment = segments[index];
  if (segment === undefined) return place.end;
  const literal = place.literals.get(segment);
  const found = literal && find(literal, segments, index + 1);
  if (found !== undefined || segment === '' || !place.parameter) return found;
  return find(place.parameter, segments, index + 1);
}

function decode(names: readonly (string | undefined)[], segments: readonly string[]) {
  // Without a prototype, as Express has them.
  const decoded = Object.create(null) as Record<string, string>;
  try {
    names.forEach((name, index) => {
      const segment = segments[index];
      if (name === undefined || segment === undefined) return;
      // Few need it, and it takes longer than all the rest here.
      decoded[name] = segment.includes('%') ? decodeURIComponent(segment) : segment;
    });
  } catch {
    return undefined;
  }
  return decoded;
}
