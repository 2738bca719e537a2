import type { DriverClient, DriverFactory } from 'slonik';
import { statementName } from '../telemetry/statement-name.ts';

/** How many statements have names. There are fewer in this source, with all their variants. */
const MAX_NAMES = 200;

/**
 * Any driver, with names for the statements that have values: PostgreSQL parses and plans a named statement once per
 * connection, and its text travels once. Not for a pooler in transaction mode, behind which the next statement may come
 * upon a connection that has never heard of the name.
 *
 * What a text depends on is only what this source puts into it, so there are few. If there ever were more, those beyond
 * the limit would go without a name, as all did before.
 */
export function withNamedStatements(factory: DriverFactory): DriverFactory {
  const names = new Map<string, string>();
  const nameOf = (text: string): string | undefined => {
    const known = names.get(text);
    if (known !== undefined || names.size >= MAX_NAMES) return known;
    // Numbered, because some statements have variants.
    const name = `${statementName(text)}_${String(names.size + 1)}`;
    names.set(text, name);
    return name;
  };
  return async (setup) => {
    const driver = await factory(setup);
    return { createClient: async () => named(await driver.createClient(), nameOf) };
  };
}

function named(client: DriverClient, nameOf: (text: string) => string | undefined): DriverClient {
  return {
    ...client,
    query(text, values, options) {
      // What begins and ends transactions has no values; it is as short as a name.
      const name = values?.length ? nameOf(text) : undefined;
      return client.query(text, values, name === undefined ? options : { ...options, name });
    },
  };
}
