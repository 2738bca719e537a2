import { isObject, type Context } from './place.ts';

/** A schema of the contract, as far as the rules look at it. */
interface Schema {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  properties?: Record<string, unknown>;
  [keyword: string]: unknown;
}

const BOUNDS: Record<string, string[]> = {
  string: ['minLength', 'maxLength'],
  integer: ['minimum', 'maximum'],
  number: ['minimum', 'maximum'],
  array: ['items', 'maxItems'],
};

/** Every string, number and array has bounds, unless its values are listed, and every object whose properties have no names. */
export function bounded(): object {
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
      if ('patternProperties' in schema && !('maxProperties' in schema)) {
        const message = 'A schema with patternProperties needs maxProperties.';
        context.report({ message, location: context.location });
      }
    },
  };
}

/** Every property has a description, either its own or that of the schema it refers to. */
export function described(): object {
  return {
    SchemaProperties(properties: Record<string, unknown>, context: Context) {
      for (const [name, property] of Object.entries(properties)) {
        const target = isObject(property) ? context.resolve(property).node : undefined;
        if ([property, target].some((place) => isObject(place) && 'description' in place)) continue;
        context.report({
          message: `Property ${name} needs a description.`,
          location: context.location,
        });
      }
    },
  };
}

const COMBINING = ['allOf', 'anyOf', 'oneOf'];

/** Every schema says what type its values have, itself or by the schemas that it combines. */
export function typed(): object {
  return {
    Schema(schema: Schema, context: Context) {
      const isCombined = COMBINING.some((keyword) => Array.isArray(schema[keyword]));
      if (schema.type === undefined && !isCombined) {
        context.report({ message: 'A schema needs a type.', location: context.location });
      }
      // Nobody visits these.
      const named = Object.entries(schema.properties ?? {});
      const listed = [...COMBINING, 'prefixItems'].flatMap((keyword) =>
        [schema[keyword] ?? []].flat().map((member) => [keyword, member] as const),
      );
      for (const [name, member] of [...named, ...listed, ['items', schema.items] as const]) {
        if (member !== true) continue;
        const message = `${name} may be anything: it needs a type.`;
        context.report({ message, location: context.location });
      }
    },
  };
}

const SNAKE_CASE = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;

/** Properties, and parameters in paths and queries, are written in snake_case. Headers keep their own way. */
export function snakeCase(): object {
  function check(name: string, context: Context): void {
    if (SNAKE_CASE.test(name)) return;
    context.report({ message: `${name} is not snake_case.`, location: context.location });
  }
  return {
    SchemaProperties(properties: Record<string, Schema>, context: Context) {
      for (const name of Object.keys(properties)) check(name, context);
    },
    Parameter(parameter: { in: string; name: string }, context: Context) {
      if (parameter.in !== 'header') check(parameter.name, context);
    },
  };
}
