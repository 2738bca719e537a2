import type { IncomingMessage, ServerResponse } from 'node:http';

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

/**
 * How often a header field was sent. Node keeps the first of some fields, and joins others; `headersDistinct` has all, for which it
 * goes through all fields.
 *
 * @param name in lower case
 */
export function timesSent({ rawHeaders }: IncomingMessage, name: string): number {
  let times = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const sent = rawHeaders[index];
    if (sent?.length === name.length && sent.toLowerCase() === name) times += 1;
  }
  return times;
}
