import { ProblemError } from '../../src/contract/problems.ts';
import type { OperationId } from '../../src/contract/types.ts';
import { documentedStatuses, exampleNames } from './answers.ts';
import { HIDDEN_422 } from './document.ts';

/** Of those in `Prefer` (RFC 7240), the ones that choose an answer; others may be ignored. */
const CHOICE = /(?:^|[,;])\s*(code|example|dynamic|seed)\s*=\s*(?:"([^"]*)"|([^\s",;]*))/gi;

/** The answer that a request prefers. */
export interface Preference {
  /** Whether that is a success, as it is when nothing is chosen. */
  readonly isSuccess: boolean;
  /** The value of `Prefer` for Prism; undefined when nothing is chosen. */
  readonly forPrism: string | undefined;
}

/**
 * What a request prefers, in Prism's words.
 *
 * @param field the value of `Prefer`
 * @throws ProblemError `invalid_request` when there is no such answer
 */
export function preferenceOf(id: OperationId, field: string): Preference {
  const choices = new Map<string, string>();
  for (const [, name = '', quoted, plain] of field.matchAll(CHOICE)) {
    const key = name.toLowerCase();
    // What is said twice counts as it was said first.
    if (!choices.has(key)) choices.set(key, quoted ?? plain ?? '');
  }
  const code = choices.get('code');
  const example = choices.get('example');
  const dynamic = choices.get('dynamic');
  const seed = choices.get('seed');

  const statuses = documentedStatuses(id);
  const status = code === undefined ? statuses.find(isSuccess) : Number(code);
  if (status === undefined || !statuses.includes(status)) throw unknown('code', statuses);
  const names = exampleNames(id, status);
  if (example !== undefined && !names.includes(example)) throw unknown('example', names);
  if (!/^(?:true|false)?$/.test(dynamic ?? '')) throw unknown('dynamic', ['true', 'false']);

  const chosen = Object.entries({
    code: code === undefined ? undefined : hidden(status, statuses),
    example,
    // Errors are never generated: their schemas are joined by allOf, which Prism cannot satisfy.
    dynamic: isSuccess(status) ? dynamic : 'false',
    seed: seed && `"${seed}"`,
  });
  const words = chosen.flatMap(([name, value]) => (value ? [`${name}=${value}`] : []));
  return { isSuccess: isSuccess(status), forPrism: words.join(', ') || undefined };
}

function isSuccess(status: number): boolean {
  return status < 300;
}

/** Prism has another 422: see document.ts. */
function hidden(status: number, statuses: readonly number[]): number {
  return status === 422 && statuses.includes(400) ? HIDDEN_422 : status;
}

function unknown(name: string, offered: readonly (string | number)[]): ProblemError {
  const choice = offered.length > 0 ? `one of ${offered.join(', ')}` : 'absent';
  return new ProblemError('invalid_request', 'The contract has no such answer to prefer.', {
    errors: [{ header: 'prefer', detail: `${name} must be ${choice}` }],
  });
}
