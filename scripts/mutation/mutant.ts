/** What a mutation breaks: the hand-written contract, what the server does, or what is derived from the contract. */
export type Kind = 'document' | 'behaviour' | 'generated';

/** One thing to break, and how. */
export interface Mutation {
  /** What is wrong with the mutant, as a sentence. No two have the same. */
  readonly name: string;
  /** Relative to the root of the repository. */
  readonly file: string;
  /** What is replaced; it must be in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** The tests that most likely see it, as jest takes them; they are run first. It only saves time. */
  readonly tests?: readonly string[];
}

/** A mutation with the kind of the list that it stands in. */
export interface Mutant extends Mutation {
  readonly kind: Kind;
}

/**
 * The mutations of a list, as mutants of one kind.
 *
 * @param tests likely see those of the list that name none
 */
export function ofKind(
  kind: Kind,
  mutations: readonly Mutation[],
  tests: readonly string[] = [],
): Mutant[] {
  return mutations.map((mutation) => ({ tests, ...mutation, kind }));
}

/**
 * The text of the mutant's file with the mutation in it.
 *
 * @param text of the file as it is
 * @throws Error when what is to be replaced is not there exactly once, or when the replacement is the same
 */
export function mutate(text: string, { name, file, find, replace }: Mutation): string {
  const count = text.split(find).length - 1;
  if (count !== 1) throw new Error(`${name}: ${file} has ${String(count)} of what it replaces`);
  if (find === replace) throw new Error(`${name}: it changes nothing`);
  return text.replace(find, () => replace);
}
