import type { Fate } from './examine.ts';
import type { Kind } from './mutant.ts';

/** How many of the mutants were caught. */
export interface Score {
  readonly total: number;
  readonly caught: number;
  /** By the gates of `npm test` alone. */
  readonly caughtInTest: number;
  readonly survivors: readonly string[];
}

/** The shares that must be caught, in percent. */
export const TARGETS = { caught: 100, caughtInTest: 90 } as const;

/** Counts what was caught. */
export function score(fates: readonly Fate[]): Score {
  return {
    total: fates.length,
    caught: fates.filter(({ caught }) => caught.length > 0).length,
    caughtInTest: fates.filter(({ caught }) => caught.some(({ inTest }) => inTest)).length,
    survivors: fates.filter(({ caught }) => caught.length === 0).map(({ name }) => name),
  };
}

/** Whether as many were caught as must be. */
export function reachesTargets({ total, caught, caughtInTest }: Score): boolean {
  return (
    caught * 100 >= total * TARGETS.caught && caughtInTest * 100 >= total * TARGETS.caughtInTest
  );
}

/** One mutant, on one line. */
export function line({ name, kind, caught, seconds }: Fate): string {
  const by = caught.length === 0 ? 'SURVIVED' : caught.map((one) => one.by).join(', ');
  return `${kind.padEnd(9)}  ${by.padEnd(14)}  ${seconds.toFixed(0).padStart(4)} s  ${name}\n`;
}

/** What all of it came to. */
export function summary(fates: readonly Fate[]): string {
  const gates = Map.groupBy(
    fates.flatMap(({ kind, caught }) => caught.map(({ by }) => ({ kind, by }))),
    ({ by }) => by,
  );
  const kinds: readonly Kind[] = ['document', 'behaviour', 'generated'];
  const rows = [...gates]
    .sort(([, one], [, other]) => other.length - one.length)
    .map(([by, found]) => [
      by,
      ...kinds.map((kind) => String(found.filter((one) => one.kind === kind).length)),
      String(found.length),
    ]);
  const { total, caught, caughtInTest, survivors } = score(fates);
  const percent = (count: number) => `${((100 * count) / Math.max(1, total)).toFixed(1)} %`;
  return [
    '',
    ...table([['caught by', ...kinds, 'all'], ...rows]),
    '',
    `${String(caught)} of ${String(total)} mutants caught: ${percent(caught)} (target ${String(TARGETS.caught)} %)`,
    `${String(caughtInTest)} of them by the gates of npm test: ${percent(caughtInTest)} (target ${String(TARGETS.caughtInTest)} %)`,
    ...survivors.map((name) => `survived: ${name}`),
    '',
  ].join('\n');
}

/** Lines in which the columns stand below each other. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
