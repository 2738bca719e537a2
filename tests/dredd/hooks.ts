import { documented } from '../contract/requests.ts';
import { assertDocumented } from '../support/client.ts';
import { dereference, operations } from '../support/contract.ts';
import { arrange, operationOf, SKIPPED, type Cleanup, type Stage } from './arrange.ts';
import type { Hooks, Transaction } from './transaction.ts';

/** What the hooks have done, to be held against what Dredd says that it did. */
export interface Performed {
  /** Those that the hooks were run for, by the names of `documentedTransactions`. */
  readonly prepared: string[];
  /** Those that were left out. */
  readonly skipped: string[];
}

let stage: Stage | undefined;
const performed: Performed = { prepared: [], skipped: [] };
const cleanups: Cleanup[] = [];

/** Tells the hooks where to play, and returns what they are going to note. To be called before Dredd runs. */
export function setStage(servers: Stage): Performed {
  stage = servers;
  return performed;
}

/** Registers the hooks with Dredd. */
export function register(hooks: Hooks): void {
  hooks.beforeEach((transaction, done) => run(transaction, () => prepare(transaction), done));
  hooks.afterEach((transaction, done) => run(transaction, () => conclude(transaction), done));
}

/** Dredd takes no notice of what an asynchronous hook fails with, unless it is written on the transaction. */
function run(transaction: Transaction, action: () => Promise<void>, done: () => void): void {
  action()
    .catch((error: unknown) => {
      transaction.fail = error instanceof Error ? error.message : String(error);
    })
    .finally(done);
}

async function prepare(transaction: Transaction): Promise<void> {
  if (!stage) throw new Error('The hooks have no servers.');
  const { statusCode, headers: expectedHeaders } = transaction.expected;
  const response = `${operationOf(transaction).id} ${statusCode}`;
  const name = nameOf(response, expectedHeaders['Content-Type']);
  performed.prepared.push(name);
  if (SKIPPED[response] !== undefined) {
    transaction.skip = true;
    performed.skipped.push(name);
    return;
  }
  const { responses } = documented(operationOf(transaction));
  const { headers = {} } = dereference(responses[statusCode]);
  expectDocumentedHeaders(transaction, headers);
  cleanups.push(...(await arrange(stage, transaction)));
}

/**
 * Makes what Dredd expects of headers what the contract says: it would miss those that may be absent, and compares some
 * as text, but knows neither their values in OpenAPI 3 nor the charset that JSON is sent with.
 */
function expectDocumentedHeaders({ expected }: Transaction, documentedHeaders: object): void {
  for (const [name, header] of Object.entries(documentedHeaders)) {
    const { required, schema } = dereference(header);
    if (required !== true) Reflect.deleteProperty(expected.headers, name);
    else if (schema.const !== undefined) expected.headers[name] = schema.const;
  }
  const mediaType = expected.headers['Content-Type'];
  if (mediaType !== undefined) expected.headers['Content-Type'] = `${mediaType}; charset=utf-8`;
}

/** Dredd knows no bounds, formats and unions, so the answer is held against the whole contract once more. */
async function conclude(transaction: Transaction): Promise<void> {
  for (const cleanup of cleanups.splice(0)) await cleanup();
  if (transaction.skip || !transaction.real) return;
  const { statusCode, headers, body = '' } = transaction.real;
  const isLines = headers['content-type']?.startsWith('application/x-ndjson') ?? false;
  assertDocumented(transaction.request.method, transaction.fullPath, {
    status: Number(statusCode),
    headers: new Headers(headers),
    text: body,
    body: body === '' || isLines ? body : JSON.parse(body),
  });
}

/**
 * The transactions that the contract makes: one for each media type of each response, or for a response without body.
 * Each is called `operationId status`, with the media type behind it if there is one.
 */
export function documentedTransactions(): string[] {
  return operations.flatMap((operation) =>
    Object.entries<any>(documented(operation).responses).flatMap(([status, response]) => {
      const mediaTypes = Object.keys(dereference(response).content ?? {});
      const names = mediaTypes.length > 0 ? mediaTypes : [undefined];
      return names.map((mediaType) => nameOf(`${operation.id} ${status}`, mediaType));
    }),
  );
}

/** Those of them that are left out. */
export function skippableTransactions(): string[] {
  return documentedTransactions().filter((name) =>
    Object.keys(SKIPPED).some((response) => `${name} `.startsWith(`${response} `)),
  );
}

function nameOf(response: string, mediaType: string | undefined): string {
  return mediaType === undefined ? response : `${response} ${mediaType}`;
}
