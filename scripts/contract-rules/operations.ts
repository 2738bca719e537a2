import { below, children, direct, isObject, type Context, type Place } from './place.ts';

// A path has no others: rule/methods of redocly.yaml.
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** A response of an operation. */
export interface Response extends Place {
  readonly status: number;
  /** Their names in lower case. */
  readonly headers: ReadonlySet<string>;
  /** The schemas of its bodies, by media type, with references as they are written. */
  readonly schemas: ReadonlyMap<string, Place>;
}

/** A parameter of an operation. */
export interface Parameter extends Place {
  readonly in: string;
  /** Of a header in lower case. */
  readonly name: string;
}

/** An operation as the rules look at it: with everything that it has from its path and from the whole document. */
export interface Operation extends Place {
  readonly method: string;
  readonly path: string;
  /** Whether a token is asked for, be it by default or by its own word. */
  readonly isSecured: boolean;
  /** Whether it says that one can do without what it asks for, by a requirement without any scheme. */
  readonly isOptional: boolean;
  readonly parameters: readonly Parameter[];
  readonly responses: readonly Response[];
  /** Its response with that status. */
  response(status: number): Response | undefined;
  /** Whether it has that parameter. */
  has(place: 'path' | 'query' | 'header', name: string): boolean;
}

/**
 * A rule about operations.
 *
 * @param check says what is wrong with one of them, a sentence each
 * @returns what Redocly takes for a rule
 */
export function operationRule(
  check: (operation: Operation, context: Context) => Iterable<string>,
): () => object {
  return () => ({
    Root(root: Place['node'], context: Context) {
      for (const operation of operationsOf({ node: root, location: context.location }, context)) {
        for (const message of check(operation, context)) {
          context.report({ message, location: operation.location });
        }
      }
    },
  });
}

function* operationsOf(root: Place, context: Context): Generator<Operation> {
  for (const [path, item] of children(context, root, 'paths')) {
    const shared = parametersOf(item, context);
    for (const method of METHODS) {
      const place = below(context, item, method);
      if (place === undefined) continue;
      const requirements = requirementsOf(place.node.security ?? root.node.security);
      const parameters = [...shared, ...parametersOf(place, context)];
      const responses = responsesOf(place, context);
      yield {
        ...place,
        method,
        path,
        isSecured: requirements.some((schemes) => schemes.length > 0),
        isOptional: requirements.some((schemes) => schemes.length === 0),
        parameters,
        responses,
        response: (status) => responses.find((response) => response.status === status),
        has: (where, name) =>
          parameters.some((parameter) => parameter.in === where && parameter.name === name),
      };
    }
  }
}

/** The names of the schemes that each of them needs. */
function requirementsOf(security: unknown): string[][] {
  return Array.isArray(security) ? security.filter(isObject).map((one) => Object.keys(one)) : [];
}

function parametersOf(place: Place, context: Context): Parameter[] {
  return [...children(context, place, 'parameters').values()].map((parameter) => {
    const where = String(parameter.node.in);
    const name = String(parameter.node.name);
    return { ...parameter, in: where, name: where === 'header' ? name.toLowerCase() : name };
  });
}

function responsesOf(place: Place, context: Context): Response[] {
  return [...children(context, place, 'responses')].map(([status, response]) => {
    const { headers } = response.node;
    const schemas = [...children(context, response, 'content')].flatMap(([mediaType, content]) => {
      const schema = direct(content, 'schema');
      return schema === undefined ? [] : [[mediaType, schema] as const];
    });
    return {
      ...response,
      status: Number(status),
      headers: new Set(
        isObject(headers) ? Object.keys(headers).map((name) => name.toLowerCase()) : [],
      ),
      schemas: new Map(schemas),
    };
  });
}
