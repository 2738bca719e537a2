/** What a list was asked for. */
export interface Listing {
  readonly sort: string;
  readonly completed: boolean | undefined;
  readonly limit: number;
}

/** What can be read. */
export type Reading = { readonly task: string } | { readonly list: Listing } | 'account' | 'export';

/** An answer, with what was certain of its user before it was asked for. */
export interface Observation {
  readonly user: string;
  /** The last revision that somebody had been told when the request was sent. */
  readonly floor: number;
  /** How many of the user's acknowledged deletions had been acknowledged then; their answers name no revision. */
  readonly deletions: number;
  /** Whether an erasure had been acknowledged then from before which the token is. */
  readonly isDead: boolean;
  /** Whether, when the answer came, an erasure had been asked for from before which the token is. */
  readonly isDoomed: boolean;
  readonly of: Reading | 'erasure';
  readonly isWrite: boolean;
  /** Whether, when the answer came, a deletion of that task had been asked for and not been refused, or it had been erased. */
  readonly isLeaving: boolean;
  readonly status: number;
  /** The revision in `ETag`; `undefined` without one. */
  readonly revision: number | undefined;
  readonly body: any;
}

/** Everything that was answered. */
export interface Observations {
  readonly observations: readonly Observation[];
  /** The tasks of each user whose deletion was acknowledged, and erasures, in the order in which that was heard. */
  readonly deleted: ReadonlyMap<string, readonly string[]>;
}
