import { firstOfEachPlace, memberPlace, type Place } from './invalid-fields.ts';
import { ProblemError } from './problems.ts';

/** The contract's bound on `errors`; more than this helps nobody. */
export const MAX_ERRORS = 100;

/** What is wrong with a body before the contract can be held against it: it is no JSON, or not as I-JSON has it. */
export interface MalformedBody {
  /** A sentence for people. */
  readonly detail: string;
  readonly errors: readonly Place[];
  /** How many such places there are beyond those in `errors`. */
  readonly unnamed: number;
  /** Whether it is broken throughout, so that nothing more is to be said of it. */
  readonly isLost: boolean;
  /** Headers for the answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** What went wrong inside; logged, never sent. */
  readonly cause: unknown;
}

/**
 * The one problem for everything that is wrong with a request. Of several errors of one place only the first is
 * reported. Parameters and headers, which are few, come before the body, so that they are not what is cut off.
 *
 * @param places where the request breaks the contract
 * @param hidden the names of unknown members of the body that are not among the places: they are only counted
 * @param hasCursor whether the operation takes a cursor
 * @returns `malformed_body` when the body is that, whatever else is wrong; `invalid_cursor` when nothing but that is; else
 *   `invalid_request`
 */
export function refusal(
  places: readonly Place[],
  malformed: MalformedBody | undefined,
  hidden: readonly string[] = [],
  hasCursor = false,
): ProblemError {
  const named = firstOfEachPlace([...(malformed?.errors ?? []), ...places]);
  // Only where the body is malformed, too, can they be among those that have names.
  const others = malformed ? hidden.filter((name) => !named.has(memberPlace(name))) : hidden;
  const count = named.size + others.length + (malformed?.unnamed ?? 0);
  const errors = [...named.values()]
    .toSorted((a, b) => Number('pointer' in a) - Number('pointer' in b))
    .slice(0, MAX_ERRORS);
  const words = summary(count, errors.length);
  const isCursor = errors.every((field) => 'parameter' in field && field.parameter === 'cursor');
  if (!malformed && hasCursor && isCursor) {
    const told = 'The cursor cannot be used here. Start again without it.';
    return new ProblemError('invalid_cursor', told, { errors });
  }
  if (!malformed) return new ProblemError('invalid_request', words, { errors });

  const { headers, cause } = malformed;
  const detail = count === 1 ? malformed.detail : `${malformed.detail} ${words}`;
  return new ProblemError('malformed_body', detail, { errors, headers, cause });
}

function summary(count: number, named: number): string {
  if (count === 1) return 'One part of the request is not valid.';
  const words = `${count} parts of the request are not valid`;
  return count > named
    ? `${words}; errors names ${named}, and there are ${count - named} more.`
    : `${words}.`;
}
