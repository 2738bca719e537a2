import type { Request } from 'express';
import type { operations } from '../../generated/operations.ts';
import { ProblemError } from '../contract/problems.ts';

type Operation = (typeof operations)[keyof typeof operations];

/** Whether the operation answers in several formats, of which `Accept` chooses one. */
export function isNegotiated({ responseMediaTypes }: Operation): boolean {
  return responseMediaTypes.length > 1;
}

/**
 * The media type to answer with, by proactive negotiation (RFC 9110, section 12.5.1): of those that the
 * client likes best, the first that the contract names; that one too when it does not say. An operation with
 * one format answers in that, whatever it is asked for.
 *
 * @returns `undefined` when the operation answers without a body
 * @throws ProblemError `not_acceptable`
 */
export function negotiateMediaType(req: Request, operation: Operation): string | undefined {
  const offered: readonly string[] = operation.responseMediaTypes;
  if (!isNegotiated(operation)) return offered[0];
  const chosen = req.accepts([...offered]);
  if (chosen !== false) return chosen;

  const choice = offered.join(' or ');
  throw new ProblemError('not_acceptable', `Accept ${choice}.`, {
    errors: [{ header: 'accept', detail: `must allow ${choice}` }],
  });
}
