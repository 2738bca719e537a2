import {
  isPublic,
  operationsOf,
  resolve,
  type Contract,
  type Operation,
  type PathItem,
  type Schema,
} from './document.ts';

/** The source of generated/operations.ts: every operation with what the server needs to know of it. */
export function operationsTable(document: Contract): string {
  const entries = Object.entries(document.paths).flatMap(([path, item]) =>
    operationsOf(item).map(([method, operation]) =>
      operationEntry(document, path, item, method, operation),
    ),
  );
  return `// Generated from openapi/ by \`npm run generate\`. Do not edit.
import type { operations as Operations } from './openapi.d.ts';

/**
 * Every operation of the contract by its operationId. Header parameters are in lower case; \`defaults\`
 * names what the validator fills in when it is absent; \`responseMediaTypes\` are those of success, the
 * preferred one first.
 */
export const operations = {
${entries.join('\n')}
} as const satisfies Record<keyof Operations, unknown>;
`;
}

function operationEntry(
  document: Contract,
  path: string,
  item: PathItem,
  method: string,
  operation: Operation,
): string {
  const requirements = operation.security ?? document.security ?? [];
  const content = resolve(document, operation.requestBody)?.content ?? {};
  const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map(
    (parameter) => resolve(document, parameter),
  );
  const query = parameters.filter(({ in: place }) => place === 'query');
  const header = parameters.filter(({ in: place }) => place === 'header');
  const body = Object.values(content).flatMap(({ schema }) =>
    Object.entries(resolve(document, schema)?.properties ?? {})
      .filter(([, property]) => hasDefault(document, property))
      .map(([name]) => name),
  );
  return `  ${operation.operationId}: {
    method: ${literal(method)},
    path: ${literal(path)},
    public: ${isPublic(document, operation)},
    scopes: ${list(requirements.flatMap((requirement) => Object.values(requirement).flat()))},
    requestMediaTypes: ${list(Object.keys(content))},
    requestBodyRequired: ${resolve(document, operation.requestBody)?.required === true},
    responses: {
${responseTypes(document, operation)}
    },
    responseMediaTypes: ${list(successMediaTypes(document, operation))},
    parameters: {
      query: ${list(query.map(({ name }) => name))},
      header: ${list(header.map(({ name }) => name.toLowerCase()))},
    },
    defaults: {
      query: ${list(query.filter(({ schema }) => hasDefault(document, schema)).map(({ name }) => name))},
      body: ${list(body)},
    },
  },`;
}

/** Every documented status with its media types. */
function responseTypes(document: Contract, operation: Operation): string {
  return Object.entries(operation.responses)
    .map(([status, response]) => {
      const types = Object.keys(resolve(document, response).content ?? {});
      return `      ${status}: ${list(types)},`;
    })
    .join('\n');
}

/** The media types of the 2xx answers, in the order in which the contract names them. */
function successMediaTypes(document: Contract, operation: Operation): string[] {
  return Object.entries(operation.responses)
    .filter(([status]) => status.startsWith('2'))
    .flatMap(([, response]) => Object.keys(resolve(document, response).content ?? {}));
}

function hasDefault(document: Contract, schema: Schema | undefined): boolean {
  return schema?.default !== undefined || resolve(document, schema)?.default !== undefined;
}

function list(values: string[]): string {
  return `[${[...new Set(values)].map(literal).join(', ')}]`;
}

function literal(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
