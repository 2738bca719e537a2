/** What a list was asked for. */
export interface Listing {
  readonly sort: string;
  readonly completed: boolean | undefined;
  readonly limit: number;
}

/** An answer to a read, with what was certain of its user before it was asked for. */
export interface Observation {
  readonly user: string;
  /** The last revision that somebody knew of when the request was sent. */
  readonly floor: number;
  readonly of: { readonly task: string } | { readonly list: Listing } | 'account';
  readonly status: number;
  /** The revision in `ETag`; `undefined` without one. */
  readonly revision: number | undefined;
  readonly body: any;
}
