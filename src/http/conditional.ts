import type { IncomingHttpHeaders } from 'node:http';
import { operations } from '../../generated/operations.ts';
import { ProblemError } from '../contract/problems.ts';
import type { OperationId } from '../contract/types.ts';

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
  return entityTags(field).some(({ opaque }) => opaque === current);
}

/**
 * The revisions that `If-Match` allows a resource to be at (RFC 9110, section 13.1.1). The comparison is
 * strong: a weak entity-tag matches nothing, and neither does one that no revision has.
 *
 * @param field the field value, valid by the contract; `undefined` when it was not sent
 * @returns `undefined` when any revision will do
 */
export function expectedRevisions(field: string | undefined): readonly number[] | undefined {
  if (field === undefined || field.trim() === '*') return undefined;
  return entityTags(field).flatMap(({ weak, opaque }) => {
    const revision = Number(opaque.slice(1, -1));
    const isRevision = Number.isSafeInteger(revision) && entityTag(revision) === opaque;
    return !weak && isRevision ? [revision] : [];
  });
}

/** Deleting a user cannot be undone, so it always takes proof of having seen what is deleted. */
const ALWAYS_REQUIRED: ReadonlySet<OperationId> = new Set<OperationId>(['deleteUser']);

/**
 * Refuses a change without `If-Match`, where the contract has that header and it is required.
 *
 * @param isRequired whether it is required of every operation that takes it
 * @throws ProblemError `precondition_required` (RFC 6585, section 3)
 */
export function requirePrecondition(
  operationId: OperationId,
  headers: IncomingHttpHeaders,
  isRequired: boolean,
): void {
  const names: readonly string[] = operations[operationId].parameters.header;
  if (!names.includes('if-match') || headers['if-match'] !== undefined) return;
  if (!isRequired && !ALWAYS_REQUIRED.has(operationId)) return;
  throw new ProblemError('precondition_required', 'Send If-Match with the ETag that you have.', {
    errors: [{ header: 'if-match', detail: 'is required' }],
  });
}

/** A list of entity-tags, each with its quotes. A comma inside a tag does not split the list. */
function entityTags(field: string): { weak: boolean; opaque: string }[] {
  return Array.from(field.matchAll(/(W\/)?("[^"]*")/g), ([, weak, opaque = '']) => ({
    weak: weak !== undefined,
    opaque,
  }));
}
