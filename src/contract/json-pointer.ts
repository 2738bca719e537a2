/** Names come from the client and may be as long as the body; the contract bounds a pointer. */
const NAME_LIMIT = 80;
const POINTER_LIMIT = 1024;

/** A JSON Pointer, and whether some of it had to be left out. */
interface LocatedPlace {
  readonly pointer: string;
  readonly isCut: boolean;
}

/**
 * A JSON Pointer as a URI fragment (RFC 6901, section 6), as in `#/title`. Very long names and very deep
 * places are cut off.
 *
 * @param names the member names and indices on the way, from the outermost on
 */
export function jsonPointer(names: Iterable<string | number>): string {
  return locate(names).pointer;
}

/** The same, which also says whether it is cut off: then other places may have the same pointer. */
export function locate(names: Iterable<string | number>): LocatedPlace {
  let pointer = '#';
  let isCut = false;
  for (const name of names) {
    const whole = String(name);
    const text = whole.slice(0, NAME_LIMIT).toWellFormed();
    const segment = `/${encodeURIComponent(text.replaceAll('~', '~0').replaceAll('/', '~1'))}`;
    if (pointer.length + segment.length > POINTER_LIMIT) return { pointer, isCut: true };
    // Mending half a character makes names alike, too.
    isCut ||= text !== whole;
    pointer += segment;
  }
  return { pointer, isCut };
}
