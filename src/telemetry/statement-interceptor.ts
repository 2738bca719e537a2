import type { Interceptor } from 'slonik';
import { statementName } from './statement-name.ts';

/** To be called when a statement has come to its end, with what it failed with, if it did. */
export type EndOfStatement = (error?: unknown) => void;

/**
 * An interceptor of Slonik that sees each statement begin and end, those in transactions too. One that never ends, because
 * its connection broke, is only seen to begin. The statements that make a transaction are not seen.
 *
 * @param begin called with the name of the statement, in the asynchronous context of whoever runs it
 */
export function aroundStatements(
  name: string,
  begin: (statement: string) => EndOfStatement | undefined,
): Interceptor {
  // The sandbox is Slonik's own place for this, an object for each execution.
  const end = (sandbox: Record<string, unknown>, error?: unknown): null => {
    const onEnd = sandbox[name];
    sandbox[name] = undefined;
    if (isEndOfStatement(onEnd)) onEnd(error);
    return null;
  };
  return {
    name,
    beforeTransformQuery({ sandbox }, { sql }) {
      sandbox[name] = begin(statementName(sql));
      return null;
    },
    afterQueryExecution: ({ sandbox }) => end(sandbox),
    queryExecutionError: ({ sandbox }, _query, error) => end(sandbox, error),
    dataIntegrityError: ({ sandbox }, _query, error) => end(sandbox, error),
  };
}

function isEndOfStatement(value: unknown): value is EndOfStatement {
  return typeof value === 'function';
}
