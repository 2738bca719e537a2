/** A documented response with the request that Dredd makes for it, as far as it is used here. */
export interface Transaction {
  readonly name: string;
  readonly origin: { readonly resourceName: string };
  readonly request: {
    readonly method: string;
    headers: Record<string, string>;
    body: string;
  };
  readonly expected: { readonly statusCode: string; headers: Record<string, string> };
  readonly real?: {
    readonly statusCode: string;
    readonly headers: Readonly<Record<string, string>>;
    /** Absent when it is empty. */
    readonly body?: string;
  };
  host: string;
  port: string;
  fullPath: string;
  skip: boolean;
  fail?: boolean | string;
}

/** What a hook file registers its hooks with. An asynchronous hook calls `done`, whatever happens. */
export interface Hooks {
  beforeEach(hook: (transaction: Transaction, done: () => void) => void): void;
  afterEach(hook: (transaction: Transaction, done: () => void) => void): void;
}
