/**
 * Derives everything in generated/ from the contract in openapi/: the bundle, the types, the table of operations.
 */
import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import openapiTS, { astToString } from 'openapi-typescript';

const HELP = `Usage: npm run generate [-- --check]

Reads openapi/ and writes generated/openapi.json, generated/openapi.d.ts and generated/operations.ts.

  --check   write nothing; name each file that is stale and exit with 1
  --help    show this
`;

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const SOURCE = 'openapi/openapi.yaml';
const TARGET = 'generated';
const METHODS = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']);

/** The parts of an OpenAPI document that the table of operations is made of. */
interface Contract {
  security?: Requirement[];
  paths: Record<string, PathItem>;
  components: Record<string, Record<string, unknown>>;
}
/** Its other members are the operations, by their method. */
interface PathItem {
  parameters?: Parameter[];
}
type Requirement = Record<string, string[]>;
interface Reference {
  $ref?: string;
}
interface Operation {
  operationId: string;
  security?: Requirement[];
  parameters?: Parameter[];
  requestBody?: {
    required?: boolean;
    content: Record<string, { schema?: Schema }>;
  } & Reference;
  responses: Record<string, Response>;
}
interface Response extends Reference {
  content?: Record<string, unknown>;
  headers?: Record<string, Reference & { required?: boolean }>;
}
interface Parameter extends Reference {
  name: string;
  in: string;
  schema?: Schema;
}
interface Schema extends Reference {
  default?: unknown;
  properties?: Record<string, Schema>;
}

/** Bundles the split document with Redocly; its components are sorted by name, so that a diff shows only what changed. */
async function bundle(): Promise<Contract> {
  const manifest = createRequire(import.meta.url).resolve('@redocly/cli/package.json');
  const cli = join(dirname(manifest), 'bin/cli.js');
  const child = spawn(process.execPath, [cli, 'bundle', SOURCE, '--ext', 'json'], {
    cwd: ROOT,
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text.stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text.stderr += chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  if (code !== 0) throw new Error(`${SOURCE} could not be bundled:\n${text.stderr.trim()}`);

  const document = JSON.parse(text.stdout) as Contract;
  document.components = sorted(document.components, (group) => sorted(group, (part) => part));
  return document;
}

function sorted<T>(record: Record<string, T>, map: (value: T) => T): Record<string, T> {
  const names = Object.keys(record).sort();
  return Object.fromEntries(names.map((name) => [name, map(record[name] as T)]));
}

async function types(document: Contract): Promise<string> {
  const json = JSON.stringify(withOptionalHeaders(document));
  // defaultNonNullable would make properties with a default required in requests, where they are optional.
  const ast = await openapiTS(json, { defaultNonNullable: false, silent: true });
  return `// Generated from openapi/ by \`npm run generate\`. Do not edit.\n\n${astToString(ast)}`;
}

/** openapi-typescript takes every referenced header for a required one, so the optional ones are written out for it. */
function withOptionalHeaders(document: Contract): Contract {
  const copy = structuredClone(document);
  const shared = Object.values(copy.components.responses ?? {}) as Response[];
  const own = Object.values(copy.paths)
    .flatMap(operationsOf)
    .flatMap(([, operation]) => Object.values(operation.responses));
  for (const { headers = {} } of [...shared, ...own]) {
    for (const [name, header] of Object.entries(headers)) {
      const target = resolve(copy, header);
      if (target.required !== true) headers[name] = target;
    }
  }
  return copy;
}

/** The operations of a path in the order in which the document has them. */
function operationsOf(item: PathItem): [string, Operation][] {
  return (Object.entries(item) as [string, Operation][]).filter(([key]) => METHODS.has(key));
}

function operationsTable(document: Contract): string {
  const entries = Object.entries(document.paths).flatMap(([path, item]) =>
    operationsOf(item).map(([method, operation]) =>
      operationEntry(document, path, item, method, operation),
    ),
  );
  return `// Generated from openapi/ by \`npm run generate\`. Do not edit.
import type { operations as Operations } from './openapi.d.ts';

/**
 * Every operation of the contract by its operationId. Header parameters are in lower case; \`defaults\`
 * names what the validator fills in when it is absent.
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
    public: ${requirements.every((requirement) => Object.keys(requirement).length === 0)},
    scopes: ${list(requirements.flatMap((requirement) => Object.values(requirement).flat()))},
    requestMediaTypes: ${list(Object.keys(content))},
    requestBodyRequired: ${resolve(document, operation.requestBody)?.required === true},
    responses: {
${responseTypes(document, operation)}
    },
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

function hasDefault(document: Contract, schema: Schema | undefined): boolean {
  return schema?.default !== undefined || resolve(document, schema)?.default !== undefined;
}

/** Follows a reference into the components of the same document, as they are after bundling. */
function resolve<T extends Reference | undefined>(document: Contract, part: T): T {
  const [, group, name] = /^#\/components\/([^/]+)\/([^/]+)$/.exec(part?.$ref ?? '') ?? [];
  if (group === undefined || name === undefined) return part;
  const target = document.components[group]?.[name];
  if (target === undefined) throw new Error(`The bundle has no ${part?.$ref}`);
  return resolve(document, target as T);
}

function list(values: string[]): string {
  return `[${[...new Set(values)].map(literal).join(', ')}]`;
}

function literal(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      check: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }

  const document = await bundle();
  const json = `${JSON.stringify(document, null, 2)}\n`;
  const files = {
    'openapi.json': json,
    'openapi.d.ts': await types(document),
    'operations.ts': operationsTable(document),
  };

  const stale: string[] = [];
  for (const [name, content] of Object.entries(files)) {
    const current = await readFile(join(ROOT, TARGET, name), 'utf8').catch(() => undefined);
    if (current !== content) stale.push(name);
  }
  if (values.check) {
    for (const name of stale)
      process.stderr.write(`${TARGET}/${name} is stale: run npm run generate\n`);
    process.exitCode = stale.length > 0 ? 1 : 0;
    return;
  }
  await mkdir(join(ROOT, TARGET), { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    if (stale.includes(name)) await writeFile(join(ROOT, TARGET, name), content);
  }
  process.stdout.write(
    `${TARGET}/: ${stale.length > 0 ? `wrote ${stale.join(', ')}` : 'up to date'}\n`,
  );
}

try {
  await main();
} catch (error) {
  process.stderr.write(`generate: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
