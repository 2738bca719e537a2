import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startListeningProcess, type ListeningProcess } from '../support/process.ts';
import { keepHistory, readHistory } from './history.ts';
import { judge } from './judge.ts';
import { drive, fetchIt, type Ask, type Reply } from './traffic.ts';

/** `npm run test:staleness` does more. */
const OPERATIONS = Number(process.env.STALENESS_OPERATIONS ?? 1_000);
const SEED = Number(process.env.STALENESS_SEED ?? 1);

jest.setTimeout(60_000 + OPERATIONS * 30);

let database: TestDatabase;
let servers: ListeningProcess[];
beforeAll(async () => {
  database = await createTestDatabase();
  await keepHistory(database.url);
  // Half of the connections are for exports: enough for one of each user.
  const env = { VALIDATE_RESPONSES: 'off', DATABASE_POOL_MAX: '6' };
  servers = await Promise.all([1, 2, 3].map(() => startListeningProcess(database.url, env)));
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.kill()));
  await database.drop();
});

/** Lets clients work on three users whose names begin so, and judges what they were answered. */
async function wrongAnswers(
  name: string,
  operations: number,
  { ask = fetchIt, clients = 12, seed = SEED }: { ask?: Ask; clients?: number; seed?: number } = {},
) {
  const traffic = await drive({
    servers: servers.map(({ url }) => url),
    users: ['a', 'b', 'c'].map((suffix) => `${name}-${suffix}`),
    operations,
    clients,
    seed,
    ask,
  });
  return { wrong: judge(await readHistory(database.url), traffic), answers: traffic.answers };
}

test(`no instance answers what is older than a write that was acknowledged, or torn, in ${OPERATIONS} operations`, async () => {
  const { wrong, answers } = await wrongAnswers('user', OPERATIONS);
  if (OPERATIONS > 1_000) process.stdout.write(`${JSON.stringify(Object.fromEntries(answers))}\n`);
  expect(wrong).toEqual([]);
  expect([...answers.values()].reduce((sum, count) => sum + count)).toBe(OPERATIONS);
  // Otherwise it has shown nothing.
  const kinds = ['GET 200', 'GET 304', 'EXPORT 200', 'POST 201', 'PATCH 200', 'PUT 200'];
  for (const kind of [...kinds, 'DELETE 204']) {
    expect([kind, answers.get(kind) ?? 0]).toEqual([kind, expect.any(Number)]);
    expect(answers.get(kind) ?? 0).toBeGreaterThan(OPERATIONS / 200);
  }
  for (const kind of ['ERASURE 204', 'GET 401']) expect(answers.get(kind)).toBeGreaterThan(0);
});

describe('the same clients notice', () => {
  /**
   * How often several clients begin again, with other users and another seed: what an answer meets among them is chance. One client
   * does the same each time, and has to notice at once.
   */
  const MOST_ROUNDS = 10;

  async function expectNotice(
    verdicts: readonly RegExp[],
    name: string,
    operations: number,
    { ask, clients = 12 }: { ask: Ask; clients?: number },
  ): Promise<void> {
    const seen: string[] = [];
    const isMissing = (verdict: RegExp) => !seen.some((text) => verdict.test(text));
    const rounds = clients === 1 ? 1 : MOST_ROUNDS;
    for (let round = 0; round < rounds && verdicts.some(isMissing); round += 1) {
      const options = { ask, clients, seed: SEED + round };
      seen.push(...(await wrongAnswers(`${name}-${round}`, operations, options)).wrong);
    }
    expect({ unnoticed: verdicts.filter(isMissing), seen }).toEqual({ unnoticed: [], seen });
  }

  const userOf = (path: string) => /^\/api\/[^/?]+/.exec(path)![0];
  const isTask = (path: string) => path.includes('/tasks/');

  const withPart = (reply: Reply, part: string, { body }: Reply): Reply => ({
    ...reply,
    body: { ...reply.body, [part]: body[part] },
  });

  /** What each instance has answered to a path, until somebody writes through that same instance. */
  function cacheOfEachInstance(answer: (kept: Reply, fresh: () => Promise<Reply>) => unknown): Ask {
    const kept = new Map<string, Map<string, Reply>>();
    return async (question) => {
      const { server, method, path } = question;
      const user = userOf(path);
      const cache = kept.get(server + user) ?? new Map<string, Reply>();
      kept.set(server + user, cache);
      if (method !== 'GET') {
        const reply = await fetchIt(question);
        cache.clear();
        return reply;
      }
      const { 'If-None-Match': _condition, ...headers } = question.headers;
      const found = cache.get(path);
      const fresh = () => fetchIt({ ...question, headers });
      const reply = found ? await answer(found, fresh) : await fresh();
      if (!found) cache.set(path, reply as Reply);
      return reply as Reply;
    };
  }

  test('a cache that does not hear of the writes of other instances', async () => {
    const ask = cacheOfEachInstance((kept) => kept);
    await expectNotice([/stale: 200 at /], 'stale', 300, { ask });
  });

  test('304 from such a cache', async () => {
    const ask = cacheOfEachInstance(({ etag }) => ({ status: 304, etag }));
    await expectNotice([/stale: 304 at /], 'false', 300, { ask });
  });

  test('a new entity tag on an old body', async () => {
    const ask = cacheOfEachInstance(async (kept, fresh) => {
      const { status, etag } = await fresh();
      return status === 200 ? { ...kept, status, etag } : kept;
    });
    const kinds = [/torn: not what there was/, /torn: not the task of/];
    await expectNotice(kinds, 'torn', 300, { ask });
  });

  test('404 for a task that is deleted only later', async () => {
    const asked = new Set<string>();
    const ask: Ask = async (question) => {
      const { method, path } = question;
      const isFirst = method === 'GET' && isTask(path) && !asked.has(path);
      if (!isFirst) return fetchIt(question);
      asked.add(path);
      return { status: 404, etag: undefined, body: undefined };
    };
    await expectNotice([/stale: 404 .* nobody had asked/], 'absent', 300, { ask });
  });

  test.each([
    ['deleted', isTask],
    ['erased', (path: string) => !isTask(path)],
  ])('a task that was %s and is still kept', async (what, isIt) => {
    const kept = new Map<string, Reply>();
    const gone = new Map<string, Reply>();
    const ask: Ask = async (question) => {
      const { method, path } = question;
      // Looked up before it is sent: an old answer to what was under way when the task went is noticed for its age.
      const old = method === 'GET' ? gone.get(path) : undefined;
      const reply = await fetchIt(question);
      if (method === 'GET' && isTask(path) && reply.status === 200) kept.set(path, reply);
      if (method === 'DELETE' && reply.status === 204) {
        for (const [task, last] of kept) {
          if (!task.startsWith(path)) continue;
          if (isIt(path)) gone.set(task, last);
          kept.delete(task);
        }
      }
      // Who asks with a dead token is refused, as always.
      return reply.status === 404 && old ? old : reply;
    };
    await expectNotice([/stale: 200 at /], `${what}-and-kept`, 1_000, { ask });
  });

  // One client, so that nobody else can have read anything newer, by which it would be noticed as well.
  test.each([
    ['a deletion', isTask, 300],
    ['an erasure', (path: string) => !isTask(path), 1_000],
  ])(
    'a list that %s has not reached, when nothing newer has been read',
    async (what, isIt, operations) => {
      const newest = new Map<string, number>();
      const justDeleted = new Set<string>();
      const ask: Ask = async (question) => {
        const { method, path } = question;
        const user = userOf(path);
        if (method === 'GET' && justDeleted.delete(user) && !isTask(path)) {
          return { status: 304, etag: `"${newest.get(user)}"`, body: undefined };
        }
        const reply = await fetchIt(question);
        if (reply.status === 204 && isIt(path)) justDeleted.add(user);
        if (reply.etag) {
          newest.set(user, Math.max(newest.get(user) ?? 0, Number(JSON.parse(reply.etag))));
        }
        return reply;
      };
      await expectNotice([/stale: 304 at /], what.replace(' ', '-'), operations, {
        ask,
        clients: 1,
      });
    },
  );

  test('a token from before an erasure that is still good for what was read with it', async () => {
    const kept = new Map<string, Reply>();
    const ask: Ask = async (question) => {
      const reply = await fetchIt(question);
      const { method, path } = question;
      if (method === 'GET' && reply.status === 200) kept.set(path, reply);
      return method === 'GET' && reply.status === 401 ? (kept.get(path) ?? reply) : reply;
    };
    await expectNotice([/stale: 200 to a token/], 'revoked', 1_000, { ask });
  });

  test('a token from after an erasure that is refused', async () => {
    const justErased = new Set<string>();
    // Until there are others these are still used, and refused by right.
    const dead = new Set<string | undefined>();
    const ask: Ask = async (question) => {
      const { method, path, headers } = question;
      const user = userOf(path);
      if (method === 'GET' && !dead.has(headers.Authorization) && justErased.delete(user)) {
        return { status: 401, etag: undefined, body: undefined };
      }
      const reply = await fetchIt(question);
      if (reply.status === 204 && !isTask(path)) {
        justErased.add(user);
        dead.add(headers.Authorization);
      }
      return reply;
    };
    await expectNotice([/refused: 401/], 'refused', 1_000, { ask });
  });

  test.each<[string, (old: Reply, fresh: Reply) => Reply, RegExp]>([
    ['as a whole', (old) => old, /stale: 200 at /],
    ['in its tasks', (old, fresh) => withPart(fresh, 'tasks', old), /torn: not what there was/],
    ['in its account', (old, fresh) => withPart(fresh, 'user', old), /torn: not what there was/],
  ])('an export that is old %s', async (what, mix, verdict) => {
    const kept = new Map<string, Reply>();
    const ask: Ask = async (question) => {
      const { path } = question;
      if (!path.endsWith('/export')) return fetchIt(question);
      const { 'If-None-Match': _condition, ...headers } = question.headers;
      const fresh = await fetchIt({ ...question, headers });
      // An erasure may have come before.
      if (fresh.status !== 200) return fresh;
      const old = kept.get(path);
      if (!old) kept.set(path, fresh);
      return old ? mix(old, fresh) : fresh;
    };
    await expectNotice([verdict], `export ${what}`.replaceAll(' ', '-'), 300, { ask });
  });

  test.each([
    [
      'the task as it was before',
      ({ etag, body }: Reply) => ({ etag, body }),
      /stale: 200 to a write/,
    ],
    ['its body as it was before', ({ body }: Reply) => ({ body }), /torn: not the task of/],
  ])('a change that is answered with %s', async (what, old, verdict) => {
    const ask: Ask = async (question) => {
      const { server, method, path, headers } = question;
      if (method !== 'PUT' && !(method === 'PATCH' && !path.endsWith('/complete'))) {
        return fetchIt(question);
      }
      const { Authorization = '' } = headers;
      const before = await fetchIt({ server, method: 'GET', path, headers: { Authorization } });
      const reply = await fetchIt(question);
      return reply.status === 200 ? { ...reply, ...old(before) } : reply;
    };
    const name = what.replaceAll(' ', '-');
    await expectNotice([verdict], name, 150, { ask, clients: 1 });
  });
});
