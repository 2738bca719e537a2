import type { Stats } from 'dredd';

/** A run of Dredd, as it counts itself and as the hooks have noted it. */
export interface DreddRun {
  readonly stats: Stats;
  /** The transactions for which the hooks were run, each `operationId status`, and a media type if it has a body. */
  readonly prepared: readonly string[];
  /** Those of them that were left out. */
  readonly skipped: readonly string[];
}

/** What a run has to be like. */
export interface DreddExpectation {
  /** Each documented response as one transaction. */
  readonly documented: readonly string[];
  /** Those of them that may be left out. */
  readonly skippable: readonly string[];
  /** How many are left out, as somebody has counted. */
  readonly skips: number;
}

/**
 * Holds a run against what is documented. Dredd leaves out in silence what it cannot read, and takes a hook file
 * that does not load for none at all.
 *
 * @returns a sentence for each thing that is wrong
 */
export function faultsOf(
  { stats, prepared, skipped }: DreddRun,
  { documented, skippable, skips }: DreddExpectation,
): string[] {
  const { tests, passes, failures, errors } = stats;
  const faults: readonly (readonly [boolean, string])[] = [
    [failures + errors > 0, `${failures + errors} transactions failed`],
    [tests !== documented.length, `${documented.length} transactions are documented, not ${tests}`],
    [passes !== documented.length - skips, `${documented.length - skips} have to pass`],
    [
      skippable.length !== skips,
      `${skips} may be skipped, and ${skippable.length} are allowed to be`,
    ],
    [
      skipped.length !== skips || stats.skipped !== skips,
      `${skips} have to be skipped, and ${skipped.length} were, ${stats.skipped} by Dredd's count`,
    ],
  ];
  return [
    ...faults.flatMap(([isWrong, sentence]) => (isWrong ? [sentence] : [])),
    ...minus(documented, prepared).map((name) => `no transaction was made for ${name}`),
    ...minus(prepared, documented).map((name) => `nothing documents a transaction for ${name}`),
    ...minus(skipped, skippable).map((name) => `${name} may not be skipped`),
  ];
}

/** What one list has more often than the other. */
function minus(list: readonly string[], other: readonly string[]): string[] {
  const rest = [...other];
  return list.filter((name) => {
    const index = rest.indexOf(name);
    if (index >= 0) rest.splice(index, 1);
    return index < 0;
  });
}
