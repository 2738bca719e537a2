import { MIMEType } from 'node:util';
import type { Request } from 'express';
import { ProblemError } from '../contract/problems.ts';

/** Only JSON in UTF-8 is JSON (RFC 8259, section 8.1). */
const UTF_8 = /^utf-?8$/i;

/**
 * The documented media type that a body is declared as. What is declared twice is refused, because Node keeps one of
 * the two, and a proxy in front may keep the other.
 *
 * @param accepted the media types that the operation documents
 * @param headers for the answer when none of them is declared
 * @throws ProblemError `unsupported_media_type`
 */
export function acceptMediaType(
  req: Request,
  accepted: readonly string[],
  headers: Readonly<Record<string, string>>,
): string {
  const fields = req.headersDistinct['content-type'] ?? [];
  const field = fields[0] ?? '';
  const type = mimeType(field);
  const charset = type?.params.get('charset') ?? 'utf-8';

  const refuse = (detail: string): never => {
    const words = `Send the body as ${accepted.join(' or ')}, in UTF-8.`;
    const errors = [{ header: 'content-type', detail }];
    throw new ProblemError('unsupported_media_type', words, { headers, errors });
  };
  if (fields.length > 1) return refuse('must occur only once');
  if (!type || !accepted.includes(type.essence)) return refuse(`must be ${accepted.join(' or ')}`);
  if (charsets(field) > 1) return refuse('must name the charset only once');
  // `MIMEType` passes over one that it cannot read, such as `charset =latin1` or `charset=`.
  if (!UTF_8.test(charset) || (charsets(field) > 0 && !type.params.has('charset')))
    return refuse('must name the charset utf-8, or none');
  return type.essence;
}

function mimeType(field: string): MIMEType | undefined {
  try {
    return new MIMEType(field);
  } catch {
    return undefined; // Not a media type at all: as unsupported as any other.
  }
}

/** How many parameters are called charset. `MIMEType` knows the first of them only. */
function charsets(field: string): number {
  // What is not closed goes on to the end: to look for an end behind every quote would take long.
  const unquoted = field.replaceAll(/"(?:[^"\\]|\\.)*"?/g, '""');
  return unquoted.match(/;\s*charset\s*=/gi)?.length ?? 0;
}
