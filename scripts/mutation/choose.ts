import type { Mutant } from './mutant.ts';

/** Which of the mutants are wanted. */
export interface Choice {
  /** A regular expression that the kind, a colon and the name, or the file, must match; undefined: all. */
  readonly only: string | undefined;
  /** How many of those at most; undefined: all. */
  readonly sample: number | undefined;
  /** The same seed takes the same sample. */
  readonly seed: number;
}

/** The mutants that are wanted, in the order of the list. */
export function choose(all: readonly Mutant[], { only, sample, seed }: Choice): Mutant[] {
  const pattern = new RegExp(only ?? '', 'i');
  const found = all.filter(
    ({ kind, name, file }) => pattern.test(`${kind}: ${name}`) || pattern.test(file),
  );
  if (sample === undefined) return found;
  const random = randomNumbers(seed);
  const taken = new Set(
    found
      .map((mutant) => ({ mutant, place: random() }))
      .sort((one, other) => one.place - other.place)
      .slice(0, sample)
      .map(({ mutant }) => mutant),
  );
  return found.filter((mutant) => taken.has(mutant));
}

/** The generator mulberry32: numbers from 0 to 1 that depend on nothing but the seed. */
function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
