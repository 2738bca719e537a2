import type { ServerResponse } from 'node:http';

declare module 'node:http' {
  interface ServerResponse {
    /** The header fields of the answer so far. */
    fields?: Record<string, string>;
  }
}

/**
 * The header fields of an answer, by their names as they are written everywhere in this source. All stages add to them, and
 * `send` writes them. Node takes all at once for half of what it takes for one after the other.
 */
export function fieldsOf(res: ServerResponse): Record<string, string> {
  return (res.fields ??= {});
}

/** Says that the answer would be another one if the request had another field of this name (RFC 9110, section 12.5.5). */
export function varyBy(res: ServerResponse, name: string): void {
  const fields = fieldsOf(res);
  fields.Vary = fields.Vary === undefined ? name : `${fields.Vary}, ${name}`;
}
