/** A comment at the very beginning of a statement, which is its name: it costs PostgreSQL nothing and shows in its logs. */
const NAME = /^\s*\/\* ([a-z_]+) \*\//;

/**
 * The name of a statement, for logs, metrics and traces. It is written into the text of each statement in this source, so
 * there are only so many of them, whatever clients send.
 *
 * @param text the statement, with placeholders for its values
 * @returns `unnamed` for a statement that does not begin with its name
 */
export function statementName(text: string): string {
  return NAME.exec(text)?.[1] ?? 'unnamed';
}
