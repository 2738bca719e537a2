/** What is wanted of some figures: one of the two bounds. */
export interface Goal {
  readonly what: string;
  readonly atMost?: number;
  readonly atLeast?: number;
  /** Each with the name of what it is of. */
  readonly figures: readonly (readonly [name: string, value: number])[];
}

/** Says of each goal, as a list in Markdown, whether it was reached, and by which figures it was not; nothing of one without figures. */
export function verdicts(goals: readonly Goal[]): string {
  return goals
    .filter(({ figures }) => figures.length > 0)
    .map((goal) => `- ${verdict(goal)}`)
    .join('\n');
}

function verdict({ what, atMost, atLeast, figures }: Goal): string {
  const wanted = atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`;
  // What could not be measured (NaN) has missed, too.
  const reaches = (value: number) =>
    value <= (atMost ?? Infinity) && value >= (atLeast ?? -Infinity);
  const missed = figures.filter(([, value]) => !reaches(value));
  if (missed.length === 0) return `${what}, ${wanted}: reached.`;
  const names = missed
    .map(([name, value]) => `${name} (${Number(value.toPrecision(5))})`)
    .join('; ');
  return `${what}, ${wanted}: missed by ${missed.length} of ${figures.length}: ${names}.`;
}
