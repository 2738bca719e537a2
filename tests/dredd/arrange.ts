import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { documented, isPublic, successOf, takesHeader } from '../contract/requests.ts';
import { operations, type Operation } from '../support/contract.ts';
import { signToken } from '../support/tokens.ts';
import type { Transaction } from './transaction.ts';

/** Where the statuses come about: the origins of servers, and a database. */
export interface Stage {
  readonly usual: string;
  /** With `REQUIRE_IF_MATCH=on`. */
  readonly strict: string;
  /** With a rate limit of a single request. */
  readonly limited: string;
  /** Without its database. */
  readonly cutOff: string;
  /** Whose database has no tables. */
  readonly broken: string;
  /** The database of `usual`. */
  readonly databaseUrl: string;
}

/**
 * The documented responses, `operationId status`, that cannot be brought about from outside, and why: each is promised
 * for what nobody has foreseen.
 */
export const SKIPPED: Readonly<Record<string, string>> = {
  'getHealth 500':
    'because it has no input that it could fail by, and the database, which it asks, fails it with 503 in every way there is',
  'getLiveness 500': 'because it has no input, touches nothing, and answers a constant',
  'getReadiness 500':
    'because it has no input, and whatever fails in the probe of the database is what its 503 is for',
};

/** How many documented responses are skipped. To be changed by hand, so that none is skipped unseen. */
export const SKIPS = 3;

/** A transaction in the making: a valid request of an owner who has one task. */
interface Scene {
  readonly stage: Stage;
  readonly operation: Operation;
  readonly transaction: Transaction;
  readonly owner: string;
  readonly token: string;
  /** What to do when the answer has come. */
  readonly cleanups: Cleanup[];
}

/** Undoes what a transaction needed while it lasted. */
export type Cleanup = () => Promise<void>;

let owners = 0;

/** The operation that a transaction is one of. */
export function operationOf({ origin, request }: Transaction): Operation {
  const method = request.method.toLowerCase();
  const found = operations.find((one) => one.path === origin.resourceName && one.method === method);
  if (!found) throw new Error(`The contract has no ${method} ${origin.resourceName}.`);
  return found;
}

/**
 * Makes the state in which the documented status is the right answer, and the request of the transaction fit it.
 *
 * @returns what to do when the answer has come
 * @throws when nobody has said how the status comes about
 */
export async function arrange(stage: Stage, transaction: Transaction): Promise<readonly Cleanup[]> {
  const operation = operationOf(transaction);
  const status = Number(transaction.expected.statusCode);
  const owner = `owner ${(owners += 1)}`;
  const token = await signToken({ sub: owner });
  const scene: Scene = { stage, operation, transaction, owner, token, cleanups: [] };
  const server = SERVERS[status] ?? 'usual';
  const target = new URL(stage[server]);
  transaction.host = target.hostname;
  transaction.port = target.port;

  const { headers } = transaction.request;
  // The examples of these belong to a representation that there is not.
  for (const name of ['If-Match', 'If-None-Match', 'Idempotency-Key']) {
    Reflect.deleteProperty(headers, name);
  }
  // Dredd asks for the media type of the problem, but nobody asks for a problem.
  if (status !== successOf(operation)) Reflect.deleteProperty(headers, 'Accept');
  if (takesHeader(operation, 'If-Match')) headers['If-Match'] = '*';
  if (!isPublic(operation)) headers.Authorization = `Bearer ${scene.token}`;
  const hasTask = server === 'usual' || server === 'strict';
  setPath(
    scene,
    hasTask && !isPublic(operation) ? await createTask(scene, stage[server]) : randomUUID(),
  );

  if (status === successOf(operation)) return [];
  const recipe = RECIPES[status];
  if (!recipe) throw new Error(`Nobody has said how ${status} comes about.`);
  await recipe(scene);
  return scene.cleanups;
}

/** The server on which a status comes about, where it is not the usual one. */
const SERVERS: Readonly<Record<number, Exclude<keyof Stage, 'databaseUrl'>>> = {
  428: 'strict',
  429: 'limited',
  500: 'broken',
  503: 'cutOff',
};

const RECIPES: Readonly<Record<number, (scene: Scene) => unknown>> = {
  304: ({ transaction }) => setHeader(transaction, 'If-None-Match', '*'),
  400: ({ transaction, operation }) => {
    // Its example names a place of the body where there is one.
    if (documented(operation).requestBody) transaction.request.body = '{"completed":"yes"}';
    else transaction.fullPath += `${transaction.fullPath.includes('?') ? '&' : '?'}unheard_of=1`;
  },
  401: ({ transaction }) => Reflect.deleteProperty(transaction.request.headers, 'Authorization'),
  403: async ({ transaction }) => {
    setHeader(transaction, 'Authorization', `Bearer ${await signToken({ sub: 'mallory' })}`);
  },
  404: (scene) => setPath(scene, randomUUID()),
  406: ({ transaction }) => setHeader(transaction, 'Accept', 'image/png'),
  409: holdKey,
  412: ({ transaction }) => setHeader(transaction, 'If-Match', '"9007199254740991"'),
  413: ({ transaction }) => {
    transaction.request.body = ' '.repeat(131_073);
  },
  415: ({ transaction }) => setHeader(transaction, 'Content-Type', 'text/plain'),
  422: async (scene) => {
    setHeader(scene.transaction, 'Idempotency-Key', '"once"');
    await post(scene, scene.stage.usual, { 'Idempotency-Key': '"once"' });
  },
  428: ({ transaction }) => Reflect.deleteProperty(transaction.request.headers, 'If-Match'),
  429: async ({ transaction, stage }) => {
    const { method, headers, body } = transaction.request;
    await fetch(stage.limited + transaction.fullPath, { method, headers, ...(body && { body }) });
  },
  // The servers do it.
  500: () => undefined,
  503: () => undefined,
};

function setHeader({ request }: Transaction, name: string, value: string): void {
  request.headers[name] = value;
}

function setPath({ operation, transaction, owner }: Scene, id: string): void {
  const path = operation.path
    .replace('{user_id}', encodeURIComponent(owner))
    .replace('{id}', encodeURIComponent(id));
  transaction.fullPath = path + (/\?.*/.exec(transaction.fullPath)?.[0] ?? '');
}

async function createTask(scene: Scene, origin: string): Promise<string> {
  const task: any = await post(scene, origin);
  return task.id;
}

async function post(
  { owner, token }: Scene,
  origin: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const answer = await fetch(`${origin}/api/${encodeURIComponent(owner)}/tasks`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', ...headers },
    body: '{"title":"a task"}',
  });
  if (answer.status !== 201) throw new Error(`No task was created: ${await answer.text()}`);
  return answer.json();
}

/** A transaction of the database stands for a first request with the same key that is still running. */
async function holdKey({ stage, operation, transaction, owner, cleanups }: Scene): Promise<void> {
  setHeader(transaction, 'Idempotency-Key', '"once"');
  const client = new pg.Client(stage.databaseUrl);
  await client.connect();
  await client.query('BEGIN');
  await client.query(
    'INSERT INTO idempotency_keys (user_id, operation, key, fingerprint) VALUES ($1, $2, $3, $4)',
    [owner, operation.id, 'once', Buffer.alloc(32)],
  );
  cleanups.push(async () => {
    await client.query('ROLLBACK');
    await client.end();
  });
}
