import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

/** The bundle, as loosely typed as the tests need it: they look at all of it. */

export const contract: any = JSON.parse(
  readFileSync(new URL('../../generated/openapi.json', import.meta.url), 'utf8'),
);

const ajv = new Ajv2020({ strict: false, validateSchema: false, allErrors: true });
formats.default(ajv, { mode: 'full' });
ajv.addSchema(contract, 'contract');

const compiled = new Map<object, ValidateFunction>();

/** What is wrong with a value by a schema of the contract; empty when nothing is. */
export function violations(schema: object, value: unknown): string[] {
  let validate = compiled.get(schema);
  if (!validate) {
    validate = ajv.compile(absolute(schema));
    compiled.set(schema, validate);
  }
  validate(value);
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}

/** A copy whose references name the contract, so that the schema can stand outside it. */
function absolute(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"contract#/'));
}

/** Follows a reference within the contract. */

export function dereference(part: any): any {
  if (!part?.$ref) return part;
  const names: string[] = part.$ref.slice(2).split('/');

  return dereference(names.reduce((value: any, name) => value[name], contract));
}

/** An operation of the contract with the path it stands under. */
export interface Operation {
  readonly id: string;
  readonly path: string;
  readonly method: string;

  readonly responses: Record<string, any>;
}

const METHODS = ['get', 'put', 'post', 'delete', 'patch'];

/** Every documented operation. */
export const operations: readonly Operation[] = Object.entries<Record<string, Operation>>(
  contract.paths,
).flatMap(([path, item]) =>
  METHODS.flatMap((method) => {
    const operation = item[method] as any;
    return operation
      ? [{ id: operation.operationId, path, method, responses: operation.responses }]
      : [];
  }),
);

/** The operation that a request is one of; HEAD counts as GET. */
export function operationOf(method: string, pathname: string): Operation | undefined {
  const wanted = method === 'HEAD' ? 'get' : method.toLowerCase();
  return operations.find(
    (operation) =>
      operation.method === wanted &&
      new RegExp(`^${operation.path.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`).test(pathname),
  );
}
