/**
 * The entity-tag of a resource at a revision (RFC 9110, section 8.8.3). It is strong: at one revision
 * of its owner's data a resource has one representation, byte for byte.
 */
export function entityTag(revision: number): string {
  return `"${String(revision)}"`;
}

/**
 * Whether `If-None-Match` names the current representation, so that 304 is the answer to a read
 * (RFC 9110, section 13.1.2; the comparison is weak).
 *
 * @param field the field value, valid by the contract; `undefined` when it was not sent
 * @param current the current entity-tag
 */
export function isNotModified(field: string | undefined, current: string): boolean {
  if (field === undefined) return false;
  if (field.trim() === '*') return true;
  return entityTags(field).includes(current);
}

/** The opaque parts, in their quotes, of a list of entity-tags. A comma inside a tag does not split it. */
function entityTags(field: string): string[] {
  return field.match(/"[^"]*"/g) ?? [];
}
