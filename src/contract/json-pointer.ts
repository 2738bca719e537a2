/** Names come from the client and may be as long as the body; the contract bounds a pointer. */
const NAME_LIMIT = 80;
const POINTER_LIMIT = 1024;

/**
 * A JSON Pointer as a URI fragment (RFC 6901, section 6), as in `#/title`. Very long names and very deep
 * places are cut off.
 *
 * @param names the member names and indices on the way, from the outermost on
 */
export function jsonPointer(names: Iterable<string | number>): string {
  let pointer = '#';
  for (const name of names) {
    const text = String(name).slice(0, NAME_LIMIT).toWellFormed();
    const segment = `/${encodeURIComponent(text.replaceAll('~', '~0').replaceAll('/', '~1'))}`;
    if (pointer.length + segment.length > POINTER_LIMIT) break;
    pointer += segment;
  }
  return pointer;
}
