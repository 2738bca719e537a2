/** The bundled contract, read as far as scripts/generate.ts derives something from it. */
import { dirname } from 'node:path';
import { redocly } from './redocly.ts';

const METHODS = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']);

/** The parts of a bundled OpenAPI document that something is derived from. */
export interface Contract {
  info: { title: string; version: string };
  servers?: { url: string }[];
  security?: Requirement[];
  paths: Record<string, PathItem>;
  components: Record<string, Record<string, unknown>>;
}
/** Its other members are the operations, by their method. */
export interface PathItem {
  parameters?: Parameter[];
}
type Requirement = Record<string, string[]>;
interface Reference {
  $ref?: string;
}
/** What one method of a path does. */
export interface Operation {
  operationId: string;
  security?: Requirement[];
  parameters?: Parameter[];
  requestBody?: {
    required?: boolean;
    content: Record<string, { schema?: Schema; examples?: Record<string, Example> }>;
  } & Reference;
  responses: Record<string, Response>;
}
/** A documented answer. */
export interface Response extends Reference {
  headers?: Record<string, Reference & { required?: boolean }>;
  content?: Record<string, { schema?: Schema; examples?: Record<string, Example> }>;
}
/** A named example of a body. */
export interface Example extends Reference {
  value?: unknown;
}
/** A parameter of a path, a query or a header. */
export interface Parameter extends Reference {
  name: string;
  in: string;
  required?: boolean;
  example?: unknown;
  schema?: Schema;
}
/** A schema, as far as anything is derived from it. */
export interface Schema extends Reference {
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  allOf?: Schema[];
  properties?: Record<string, Schema>;
}

/**
 * Bundles a split document with Redocly. Its components are sorted by name, so that a diff shows only what changed.
 *
 * @param source the path of the entry file, absolute
 * @throws Error with what Redocly says when it cannot
 */
export async function bundle(source: string): Promise<Contract> {
  const text = await redocly(['bundle', source, '--ext', 'json'], dirname(source));
  const document = JSON.parse(text) as Contract;
  document.components = sorted(document.components, (group) => sorted(group, (part) => part));
  return document;
}

function sorted<T>(record: Record<string, T>, map: (value: T) => T): Record<string, T> {
  const names = Object.keys(record).sort();
  return Object.fromEntries(names.map((name) => [name, map(record[name] as T)]));
}

/** The operations of a path in the order in which the document has them. */
export function operationsOf(item: PathItem): [string, Operation][] {
  return (Object.entries(item) as [string, Operation][]).filter(([key]) => METHODS.has(key));
}

/** Whether an operation can be used without credentials. */
export function isPublic(document: Contract, operation: Operation): boolean {
  const requirements = operation.security ?? document.security ?? [];
  return requirements.every((requirement) => Object.keys(requirement).length === 0);
}

/** Follows a reference into the components of the same document, as they are after bundling. */
export function resolve<T extends Reference | undefined>(document: Contract, part: T): T {
  const [, group, name] = /^#\/components\/([^/]+)\/([^/]+)$/.exec(part?.$ref ?? '') ?? [];
  if (group === undefined || name === undefined) return part;
  const target = document.components[group]?.[name];
  if (target === undefined) throw new Error(`The bundle has no ${part?.$ref}`);
  return resolve(document, target as T);
}
