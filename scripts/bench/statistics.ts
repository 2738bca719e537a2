/** The middle of some values, and the two ends. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/**
 * @returns `NaN` throughout when there is one among the values
 * @throws RangeError when there are no values
 */
export function spreadOf(values: readonly number[]): Spread {
  if (values.some(Number.isNaN)) return { median: NaN, min: NaN, max: NaN };
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const low = sorted[Math.floor(middle)];
  const high = sorted[Math.ceil(middle)];
  const [min] = sorted;
  const max = sorted.at(-1);
  if (low === undefined || high === undefined || min === undefined || max === undefined) {
    throw new RangeError('No values.');
  }
  return { median: (low + high) / 2, min, max };
}

/** Groups by a key, in the order in which the keys first appear, and summarises each group. */
export function byKey<Value, Key, Summary>(
  values: readonly Value[],
  keyOf: (value: Value) => Key,
  summarise: (group: Value[], key: Key) => Summary,
): Summary[] {
  return [...Map.groupBy(values, keyOf)].map(([key, group]) => summarise(group, key));
}
