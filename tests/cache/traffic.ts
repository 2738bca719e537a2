import { randomFrom } from '../../scripts/bench/calls.ts';
import { CLOCK_TOLERANCE_SECONDS } from '../../src/auth/claims.ts';
import { sorts } from '../../src/tasks/queries.ts';
import { MERGE_PATCH, tasksOf } from '../support/scenarios.ts';
import { signToken } from '../support/tokens.ts';
import { until } from '../support/until.ts';
import { ERASURE } from './history.ts';
import type { Observation, Observations, Reading } from './observation.ts';

/** An answer as it came. */
export interface Reply {
  readonly status: number;
  readonly etag: string | undefined;
  readonly body: any;
}

/** A request to one of the servers. */
export interface Question {
  readonly server: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** Sends a request. What is between a client and a server can be planted here. */
export type Ask = (question: Question) => Promise<Reply>;

/** How much of what is to be done. */
export interface TrafficOptions {
  readonly servers: readonly string[];
  readonly users: readonly string[];
  readonly operations: number;
  readonly clients: number;
  readonly seed: number;
  readonly ask?: Ask;
}

/** A user as all clients together know it. */
interface Known {
  readonly user: string;
  /** One for each life of the user, which an erasure ends. The last is used, also while there is none yet for the next life. */
  readonly tokens: string[];
  /** How many of these lives an erasure has been asked for. */
  erasures: number;
  /** How many of these lives an erasure has ended that was acknowledged. */
  ended: number;
  /** The last revision that was answered to anybody. */
  floor: number;
  /** The tasks that are, as far as is known, in this life. */
  ids: string[];
  /** Those whose deletion has been asked for and not been refused, and those that were erased. */
  readonly leaving: string[];
  /** Those whose deletion has been acknowledged, and erasures, in that order. */
  readonly deleted: string[];
  /** The entity tags last seen, by path. */
  readonly tags: Map<string, string>;
  /** Whether an export runs: a server refuses those that are too many at once. */
  isExporting: boolean;
}

/** No user has more tasks, so that most things happen to few. */
const MOST = 12;

/** What came of it. */
export interface Traffic extends Observations {
  /** How many requests were answered, by method and status; exports and erasures as such. */
  readonly answers: ReadonlyMap<string, number>;
}

/**
 * Reads and writes the data of a few users through several servers at once, each request at any of them.
 *
 * @throws Error at an answer that nothing here can lead to
 */
export async function drive(options: TrafficOptions): Promise<Traffic> {
  const known = await Promise.all(
    options.users.map(async (user): Promise<Known> => {
      const tokens = [await newToken(user)];
      const ofTasks = { ids: [], leaving: [], deleted: [], tags: new Map() };
      return { user, tokens, erasures: 0, ended: 0, floor: 0, ...ofTasks, isExporting: false };
    }),
  );
  const observations: Observation[] = [];
  const answers = new Map<string, number>();
  let left = options.operations;
  const client = async (random: () => number): Promise<void> => {
    while (left-- > 0) {
      const of = choose(known, random);
      const send: Send = async (method, path, body, headers = {}, token = of.tokens.at(-1)) => {
        const server = choose(options.servers, random);
        const Authorization = `Bearer ${token}`;
        const question = { server, method, path, headers: { Authorization, ...headers } };
        const reply = await (options.ask ?? fetchIt)({ ...question, ...(body && { body }) });
        const key = `${kindOf(method, path)} ${reply.status}`;
        answers.set(key, (answers.get(key) ?? 0) + 1);
        return reply;
      };
      observations.push(await (random() < 0.4 ? write : read)(of, random, send));
    }
  };
  await Promise.all(
    Array.from({ length: options.clients }, (_, index) =>
      client(randomFrom(options.seed * 1_000 + index)),
    ),
  );
  const deleted = new Map(known.map((of) => [of.user, of.deleted]));
  return { observations, answers, deleted };
}

type Send = (
  method: string,
  path: string,
  body?: object,
  headers?: object,
  token?: string,
) => Promise<Reply>;

function kindOf(method: string, path: string): string {
  if (path.endsWith('/export')) return 'EXPORT';
  return method === 'DELETE' && !path.includes('/tasks/') ? 'ERASURE' : method;
}

/**
 * Dated as far ahead as a server takes it, and after every erasure that has been acknowledged. One may be dated with this
 * millisecond, or with the next, since the time at which a user came back is rounded. So it is dated with the one after, and kept
 * back until that is over.
 */
async function newToken(sub: string): Promise<string> {
  const later = Date.now() + 2;
  await until(() => Date.now() > later);
  const iat = later / 1000 + CLOCK_TOLERANCE_SECONDS;
  return signToken({ sub, iat, exp: Math.floor(iat) + 86_400 });
}

async function erase(of: Known, send: Send): Promise<Observation> {
  const before = knownOf(of);
  const { user, tokens } = of;
  of.erasures = tokens.length;
  const path = `/api/${user}`;
  const reply = await send('DELETE', path, undefined, { 'If-Match': '*' });
  expectStatus(reply, [204, 401]);
  if (reply.status === 204) {
    // At once, and not when there is a new token: what is sent until then must be refused.
    of.ended = tokens.length;
    of.deleted.push(ERASURE);
    of.leaving.push(...of.ids);
    // Not emptied: what is still to be heard of those before belongs there.
    of.ids = [];
    tokens.push(await newToken(user));
  }
  return observe(of, before, 'erasure', reply, true);
}

async function write(of: Known, random: () => number, send: Send): Promise<Observation> {
  if (random() < 0.02) return erase(of, send);
  const { user, ids, leaving, tags } = of;
  const before = knownOf(of);
  const title = `task ${Math.floor(random() * 1_000)}`;
  const id = ids[Math.floor(random() * ids.length)];
  const kind = random();
  if (id === undefined || (kind < 0.3 && ids.length < MOST)) {
    const created = expectStatus(await send('POST', tasksOf(user), { title }), [201, 401]);
    if (created.status === 201) ids.push(created.body.id);
    return observe(of, before, { task: created.body.id }, created, true);
  }
  const path = `${tasksOf(user)}/${id}`;
  const tag = random() < 0.3 ? tags.get(path) : undefined;
  const match = tag === undefined ? {} : { 'If-Match': tag };
  const completed = random() < 0.5;
  const isDeletion = kind >= 0.85;
  if (isDeletion) leaving.push(id);
  const reply = await (isDeletion
    ? send('DELETE', path, undefined, match)
    : kind < 0.55
      ? send('PATCH', path, { title }, { ...MERGE_PATCH, ...match })
      : kind < 0.7
        ? send('PATCH', `${path}/complete`, { completed }, match)
        : send('PUT', path, { title, description: 'put', completed }, match));
  expectStatus(reply, [200, 204, 401, 404, 412]);
  if (reply.status === 204) {
    ids.splice(ids.indexOf(id), 1);
    of.deleted.push(id);
  } else if (isDeletion) {
    leaving.splice(leaving.indexOf(id), 1);
  }
  return observe(of, before, { task: id }, reply, true);
}

async function read(of: Known, random: () => number, send: Send): Promise<Observation> {
  const { user, tags, tokens } = of;
  // Now and then with a token that is dead.
  const life = Math.max(0, tokens.length - (random() < 0.05 ? 2 : 1));
  const before = knownOf(of, life);
  const what = whatToRead(of, random);
  const path = pathOf(user, what);
  const tag = random() < 0.7 ? tags.get(path) : undefined;
  const headers = tag === undefined ? {} : { 'If-None-Match': tag };
  if (what === 'export') of.isExporting = true;
  const reply = await send('GET', path, undefined, headers, tokens[life]);
  if (what === 'export') of.isExporting = false;
  expectStatus(reply, [200, 304, 401, 404]);
  if (reply.etag !== undefined) tags.set(path, reply.etag);
  return observe(of, before, what, reply, false);
}

/** What is certain of a user now, before a request is sent. */
function knownOf({ floor, deleted, tokens, ended }: Known, life = tokens.length - 1) {
  return { floor, deletions: deleted.length, life, isDead: life < ended };
}

function observe(
  of: Known,
  { life, ...before }: ReturnType<typeof knownOf>,
  what: Observation['of'],
  reply: Reply,
  isWrite: boolean,
): Observation {
  const revision = revisionOf(reply);
  of.floor = Math.max(of.floor, revision ?? 0);
  const isLeaving = typeof what === 'object' && 'task' in what && of.leaving.includes(what.task);
  const isDoomed = life < of.erasures;
  const { status, body } = reply;
  const answer = { status, revision, body };
  return { user: of.user, ...before, isDoomed, of: what, isWrite, isLeaving, ...answer };
}

function whatToRead({ ids, leaving, isExporting }: Known, random: () => number): Reading {
  const kind = random();
  // One of those that went last, which somebody may still keep.
  if (kind < 0.05 && leaving.length > 0) return { task: choose(leaving.slice(-5), random) };
  if (kind < 0.5 && ids.length > 0) return { task: choose(ids, random) };
  if (kind < 0.6) return 'account';
  if (kind < 0.7 && !isExporting) return 'export';
  // Few lists, so that the same one is asked for again.
  return {
    list: {
      sort: choose(sorts, random),
      completed: choose([undefined, undefined, true, false], random),
      limit: choose([3, 100], random),
    },
  };
}

function pathOf(user: string, what: Reading): string {
  if (what === 'account') return `/api/${user}`;
  if (what === 'export') return `/api/${user}/export`;
  if ('task' in what) return `${tasksOf(user)}/${what.task}`;
  const { sort, completed, limit } = what.list;
  const filter = completed === undefined ? '' : `&completed=${completed}`;
  return `${tasksOf(user)}?sort=${sort}&limit=${limit}${filter}`;
}

function revisionOf({ etag }: Reply): number | undefined {
  return etag === undefined ? undefined : Number(JSON.parse(etag));
}

function expectStatus(reply: Reply, statuses: readonly number[]): Reply {
  if (statuses.includes(reply.status)) return reply;
  throw new Error(`An answer ${reply.status}: ${JSON.stringify(reply.body)}`);
}

function choose<T>(values: readonly T[], random: () => number): T {
  return values[Math.floor(random() * values.length)]!;
}

/** Sends a request over the network. */
export async function fetchIt({ server, method, path, headers, body }: Question): Promise<Reply> {
  const response = await fetch(server + path, {
    method,
    headers: { ...(body && { 'Content-Type': 'application/json' }), ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    etag: response.headers.get('etag') ?? undefined,
    body: text === '' ? undefined : JSON.parse(text),
  };
}
