import { contract, dereference, type Operation } from '../support/contract.ts';

/** A request of one operation. */
export interface OperationRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The operation as the contract has it, all of it. */
export function documented({ path, method }: Operation): any {
  return contract.paths[path][method];
}

/** Whether the operation asks for no token. */
export function isPublic(operation: Operation): boolean {
  const requirements: object[] = documented(operation).security ?? contract.security;
  return requirements.length === 0 || requirements.some((one) => Object.keys(one).length === 0);
}

/** Whether the operation documents this request header. */
export function takesHeader(operation: Operation, name: string): boolean {
  const parameters: unknown[] = documented(operation).parameters ?? [];
  return parameters
    .map(dereference)
    .some((one) => one.in === 'header' && one.name.toLowerCase() === name.toLowerCase());
}

/** The status that the operation documents for success. */
export function successOf({ responses }: Operation): number {
  return Number(Object.keys(responses).find((status) => status.startsWith('2')));
}

/**
 * A valid request, made of the contract's own examples, that changes whatever is there.
 *
 * @param owner the user of the path
 * @param id the task of the path; the example's unless given
 */
export function validRequest(operation: Operation, owner: string, id?: string): OperationRequest {
  const parameters: unknown[] = contract.paths[operation.path].parameters ?? [];
  const example = (name: string) =>
    parameters.map(dereference).find((one: { name: string }) => one.name === name).example;
  const values: Record<string, string | undefined> = { user_id: owner, id };
  const path = operation.path.replaceAll(/\{([^}]+)\}/g, (_, name) =>
    encodeURIComponent(values[name] ?? example(name)),
  );
  const [content] = Object.entries<any>(documented(operation).requestBody?.content ?? {});
  return {
    method: operation.method.toUpperCase(),
    path,
    headers: {
      ...(takesHeader(operation, 'If-Match') && { 'If-Match': '*' }),
      ...(content && { 'Content-Type': content[0] }),
    },
    ...(content && {
      body: JSON.stringify(dereference(Object.values<any>(content[1].examples)[0]).value),
    }),
  };
}
