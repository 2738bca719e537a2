/** A place in the index: what has been read of a path so far. */
interface Place {
  readonly literals: Map<string, Place>;
  /** Where any segment leads that is not empty. */
  parameter?: Place;
  /** The path that ends here. */
  path?: string;
}

/**
 * Finds the path of an OpenAPI document that a request is for, in a time that does not depend on how many there are. A segment as it
 * is written goes before a parameter (OpenAPI 3.1, Path Templating Matching), and a parameter is a whole segment.
 *
 * @param paths templates such as `/tasks/{id}`
 * @returns gives the template for a path, which is taken as it came, percent-encoded; none when no template matches
 */
export function createPathIndex(paths: readonly string[]): (path: string) => string | undefined {
  const root: Place = { literals: new Map() };
  for (const path of paths) {
    let place = root;
    for (const segment of path.split('/'))
      place = segment.startsWith('{') ? behindParameter(place) : behind(place, segment);
    place.path = path;
  }
  return (path) => find(root, path.split('/'), 0);
}

function behindParameter(place: Place): Place {
  return (place.parameter ??= { literals: new Map() });
}

function behind({ literals }: Place, segment: string): Place {
  const known = literals.get(segment) ?? { literals: new Map<string, Place>() };
  literals.set(segment, known);
  return known;
}

function find(place: Place, segments: readonly string[], index: number): string | undefined {
  const segment = segments[index];
  if (segment === undefined) return place.path;
  const literal = place.literals.get(segment);
  const found = literal && find(literal, segments, index + 1);
  if (found !== undefined || segment === '' || !place.parameter) return found;
  return find(place.parameter, segments, index + 1);
}
