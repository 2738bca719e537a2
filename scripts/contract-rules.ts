/**
 * Rules of our own for `redocly lint`, loaded by redocly.yaml: what its configurable rules cannot say, because their
 * conditions look at the parents of a schema and not at the schema itself.
 */

/** A schema of the contract, as far as the rules look at it. */
interface Schema {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  [keyword: string]: unknown;
}
interface Context {
  location: object;
  report(problem: { message: string; location: object }): void;
  resolve(node: unknown): { node?: unknown };
}

const BOUNDS: Record<string, string[]> = {
  string: ['minLength', 'maxLength'],
  integer: ['minimum', 'maximum'],
  number: ['minimum', 'maximum'],
  array: ['items', 'maxItems'],
};

/** Every string, number and array has bounds, unless its values are listed. */
function bounded(): object {
  return {
    Schema(schema: Schema, context: Context) {
      if (schema.enum !== undefined || 'const' in schema) return;
      for (const type of [schema.type ?? []].flat()) {
        const missing = (BOUNDS[type] ?? []).filter((keyword) => !(keyword in schema));
        if (missing.length > 0) {
          const message = `A schema of type ${type} needs ${missing.join(' and ')}.`;
          context.report({ message, location: context.location });
        }
      }
    },
  };
}

/** Every property has a description, either its own or that of the schema it refers to. */
function described(): object {
  return {
    SchemaProperties(properties: Record<string, Schema>, context: Context) {
      for (const [name, property] of Object.entries(properties)) {
        const target = property.$ref === undefined ? property : context.resolve(property).node;
        if ('description' in property || (target as Schema | undefined)?.description) continue;
        context.report({
          message: `Property ${name} needs a description.`,
          location: context.location,
        });
      }
    },
  };
}

/** The plugin; Redocly loads the default export. */
export default function contractRules(): object {
  return {
    id: 'contract',
    rules: { oas3: { bounded, described } },
  };
}
