declare module 'dredd' {
  /** What Dredd has counted. */
  export interface Stats {
    readonly tests: number;
    readonly passes: number;
    readonly failures: number;
    readonly errors: number;
    readonly skipped: number;
  }

  /** Dredd has no types of its own. */
  export default class Dredd {
    constructor(configuration: {
      readonly endpoint: string;
      readonly path: readonly string[];
      readonly hookfiles: readonly string[];
      readonly loglevel: 'debug' | 'warning' | 'error' | 'silent';
      readonly color: boolean;
    });
    run(callback: (error: Error | null | undefined, stats: Stats) => void): void;
  }
}
