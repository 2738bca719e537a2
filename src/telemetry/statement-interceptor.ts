import type { Interceptor } from 'slonik';
import { statementName } from './statement-name.ts';

/** To be called when a statement has come to its end, with what it failed with, if it did. */
export type EndOfStatement = (error?: unknown) => void;

/** Called when a statement begins, with its name, in the asynchronous context of whoever runs it. */
export type BeginStatement = (statement: string) => EndOfStatement | undefined;

/** Where the ends are kept meanwhile, in Slonik's own place for that, an object for each execution. */
const ENDS = 'ends';

/**
 * An interceptor of Slonik by which each statement is seen to begin and end, those in transactions too. One that never ends,
 * because its connection broke, is only seen to begin. The statements that make a transaction are not seen.
 */
export function aroundStatements(begins: readonly BeginStatement[]): Interceptor {
  const end = (sandbox: Record<string, unknown>, error?: unknown): null => {
    const ends = sandbox[ENDS];
    sandbox[ENDS] = undefined;
    if (areEnds(ends)) for (const onEnd of ends) onEnd?.(error);
    return null;
  };
  return {
    name: 'around-statements',
    beforeTransformQuery({ sandbox }, { sql }) {
      const statement = statementName(sql);
      sandbox[ENDS] = begins.map((begin) => begin(statement));
      return null;
    },
    afterQueryExecution: ({ sandbox }) => end(sandbox),
    queryExecutionError: ({ sandbox }, _query, error) => end(sandbox, error),
    dataIntegrityError: ({ sandbox }, _query, error) => end(sandbox, error),
  };
}

function areEnds(value: unknown): value is (EndOfStatement | undefined)[] {
  return Array.isArray(value);
}
