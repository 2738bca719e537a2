import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { expectUnavailable } from './answers.ts';
import { createClient, signedIn } from '../support/client.ts';
import { openConnection, type RawConnection } from '../support/raw.ts';
import { tasksOf } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/** Connections of the server under test. */
const CONNECTIONS = 2;
/** How many may wait for them when many come at once. */
const BURST = 10 * CONNECTIONS;
/** So few that all that are refused by two tests in one second have a line in the log. */
const CROWD = 20;

const ORIGIN = 'https://app.example.com';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({
    SHED_LOAD: 'on',
    CORS_ORIGINS: ORIGIN,
    DATABASE_POOL_MAX: String(CONNECTIONS),
  });
});
afterAll(() => server.close());

/** The lines of these requests, once each has one; they are written a moment after the answers have arrived. */
async function linesOf(ids: readonly (string | null)[], of = server): Promise<any[]> {
  const wanted = new Set(ids);
  for (let attempt = 0; attempt < 500; attempt += 1) {
    const lines = of.logged().filter(({ request_id: id }) => wanted.has(id));
    const told = new Set(lines.map(({ request_id: id }) => id));
    if (told.size === wanted.size) return lines;
    await sleep(10);
  }
  throw new Error('some requests have no line');
}

/** Makes the queue for the database as long as it may be, while `action` runs. */
async function overloaded(action: () => Promise<void>, of: TestServer = server): Promise<void> {
  const leave = Promise.withResolvers<undefined>();
  const taken = Array.from({ length: CONNECTIONS }, () => Promise.withResolvers<undefined>());
  const occupied = taken.map(({ resolve }) =>
    of.db.connect(async () => {
      resolve(undefined);
      await leave.promise;
    }),
  );
  await Promise.all(taken.map(({ promise }) => promise));
  // Of many users, as each has only a share of the connections.
  let refused = 0;
  const crowd = Array.from({ length: BURST + 1 }, async (_, index) => {
    const client = await signedIn(of.url, `user-${index}`);
    const { status } = await client('POST', tasksOf(`user-${index}`), { body: { title: 'a' } });
    if (status === 503) refused += 1;
    return status;
  });
  try {
    // Some are refused only when others were not long ago.
    while (of.db.state().waitingClients + refused <= BURST) {
      await Promise.race([createClient(of.url)('GET', '/livez'), Promise.all(crowd)]);
    }
    // Nobody refuses these, so that there are too many for as long as the action takes.
    for (let count = 0; count <= BURST; count += 1) {
      occupied.push(of.db.connect(() => Promise.resolve()));
    }
    await action();
  } finally {
    leave.resolve(undefined);
    await Promise.all(occupied);
  }
  // Who was let in is served: at least as many as there are connections.
  const served = (await Promise.all(crowd)).filter((status) => status !== 503);
  expect(served.length).toBeGreaterThanOrEqual(CONNECTIONS);
  expect(new Set(served)).toEqual(new Set([201]));
}

test('who comes when too many wait is 503 with Retry-After, and leaves nothing behind', async () => {
  const client = await signedIn(server.url, 'late');
  await overloaded(async () => {
    const create = () => client('POST', tasksOf('late'), { body: { title: 'a' } });
    for (const answer of await Promise.all(Array.from({ length: CROWD }, create))) {
      expectUnavailable(answer);
      expect(answer.body.request_id).toBe(answer.headers.get('X-Request-Id'));
    }
    // Before anything else is looked at.
    expectUnavailable(await createClient(server.url)('GET', tasksOf('late')));
  });
  expect((await client('GET', tasksOf('late'))).body.items).toEqual([]);
});

test('each refused request has one line of its own, which says what there was too much for', async () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const span = '00f067aa0ba902b7';
  const client = await signedIn(server.url, 'late');
  const headers = { traceparent: `00-${trace}-${span}-01` };
  const ids: (string | null)[] = [];
  await overloaded(async () => {
    const create = () => client('POST', tasksOf('late'), { body: { title: 'a' }, headers });
    const answers = await Promise.all(Array.from({ length: CROWD }, create));
    for (const answer of answers) {
      expectUnavailable(answer);
      ids.push(answer.headers.get('X-Request-Id'));
    }
  });
  const lines = await linesOf(ids);
  expect(lines).toHaveLength(CROWD);
  for (const line of lines) {
    // It may have been slow, on a busy machine.
    const { slow: _slow, event_loop: _loop, body_ms: _body, ...rest } = line;
    expect(rest).toEqual({
      level: 'warn',
      time: expect.any(String),
      request_id: expect.any(String),
      trace_id: trace,
      parent_span_id: span,
      operation: 'createTask',
      method: 'POST',
      status: 503,
      duration_ms: expect.any(Number),
      bytes_in: expect.any(Number),
      bytes_out: expect.any(Number),
      problem: 'service_unavailable',
      reason: 'database',
      msg: 'request',
    });
    expect(line.bytes_out).toBeGreaterThan(500);
  }
});

test('of many in one second the first have a line each, and the rest is counted', async () => {
  const count = 3_000;
  const told = (): number =>
    server.logged().filter(({ request_id: id }) => String(id).startsWith('flood-')).length;
  const counted = (): number =>
    server
      .logged()
      .filter(({ msg }) => msg === 'refused without a line for each')
      .reduce((sum: number, { refused }) => sum + Number(refused), 0);
  const connection = await openConnection(server.url);
  await overloaded(async () => {
    const request = (index: number) =>
      `GET /nothing HTTP/1.1\r\nHost: x\r\nX-Request-Id: flood-${index}\r\n\r\n`;
    connection.write(Array.from({ length: count }, (_, index) => request(index)).join(''));
    for (let index = 0; index < count; index += 1) {
      const { status, headers } = await connection.answer();
      expect([status, headers['x-request-id']]).toEqual([503, `flood-${index}`]);
    }
  });
  connection.write('GET /nothing HTTP/1.1\r\nHost: x\r\nX-Request-Id: served\r\n\r\n');
  expect((await connection.answer()).status).toBe(404);
  connection.socket.destroy();
  // What had no line is not counted with what comes next on the connection.
  const [served] = await linesOf(['served']);
  expect(served).toMatchObject({ bytes_in: 56, bytes_out: expect.any(Number) });
  expect(served.bytes_out).toBeLessThan(2_000);
  // They are counted at the end of the second.
  for (let attempt = 0; attempt < 500 && told() + counted() < count; attempt += 1) {
    await sleep(10);
  }
  expect(told() + counted()).toBe(count);
  expect(told()).toBeGreaterThan(0);
  expect(counted()).toBeGreaterThan(0);
});

test.each(['/livez', '/readyz', '/health', '/livez?x'])(
  'meanwhile %s is answered as ever, and preflights are',
  async (path) => {
    const anyone = createClient(server.url);
    await overloaded(async () => {
      const late = await signedIn(server.url, 'late');
      expectUnavailable(await late('GET', tasksOf('late')));
      expect((await anyone('GET', path)).status).toBe(path.includes('?') ? 400 : 200);
      const preflight = await fetch(server.url + tasksOf('late'), {
        method: 'OPTIONS',
        headers: { Origin: ORIGIN, 'Access-Control-Request-Method': 'GET' },
      });
      expect(preflight.status).toBe(204);
    });
    expect((await anyone('GET', path)).status).toBe(path.includes('?') ? 400 : 200);
  },
);

test.each([ORIGIN, 'https://other.example.com', undefined])(
  'a refusal has the header fields that every answer has, for the origin %s',
  async (origin) => {
    const headers = { 'X-Request-Id': 'mine', ...(origin !== undefined && { Origin: origin }) };
    const fieldsOf = (response: Response) => {
      const {
        date: _date,
        'retry-after': _wait,
        'content-length': _length,
        ...fields
      } = Object.fromEntries(response.headers);
      return fields;
    };
    const usual = await fetch(`${server.url}/nothing`, { headers });
    await overloaded(async () => {
      const refused = await fetch(`${server.url}/nothing`, { headers });
      expect([usual.status, refused.status]).toEqual([404, 503]);
      expect(fieldsOf(refused)).toEqual(fieldsOf(usual));
    });
  },
);

describe('what a refusal says of limits', () => {
  const tasks = tasksOf('alice');
  const task = `${tasks}/0190a5b0-1c1a-7cc0-8a52-6d1f0f0e0001`;
  const targets = [
    ['GET', '/api/alice'],
    ['DELETE', '/api/alice'],
    ['GET', '/api/alice/export?x'],
    ['HEAD', tasks],
    ['POST', `${tasks}?x`],
    ['PUT', task],
    ['PATCH', `${task}/complete`],
    ['GET', `http://x${tasks}`],
    ['GET', 'x://y?z'],
    ['GET', '//a@[b#x'],
    ['GET', '//a@b#'],
    ['GET', `${tasks}#x`],
    ['GET', '/api/%e2%82%ac/tasks'],
    ['GET', '/api/a%2fb/tasks'],
    ['GET', '/api/%ff/tasks'],
    ['GET', '/api//tasks'],
    ['GET', `${tasks}/`],
    ['GET', `/${tasks}`],
    ['GET', '/API/alice/tasks'],
    ['GET', '/api/alice/nothing'],
    ['PATCH', '/api/alice'],
    ['OPTIONS', tasks],
    ['GET', '/openapi.json'],
    ['GET', '*'],
  ] as const;
  const ask = async (of: TestServer, ...lines: readonly string[]) => {
    const connection = await openConnection(of.url);
    connection.write([...lines, 'Host: x', '', ''].join('\r\n'));
    const isHead = lines[0]?.startsWith('HEAD ') ?? false;
    const { status, headers } = await connection.answer({ withoutBody: isHead });
    connection.socket.destroy();
    return { status, headers };
  };
  const start = (env: Record<string, string>) =>
    startTestServer({
      DATABASE_URL: server.databaseUrl,
      DATABASE_POOL_MAX: String(CONNECTIONS),
      SHED_LOAD: 'on',
      ...env,
    });

  test('is what the address has left, where the answer would have said it otherwise', async () => {
    const limited = await start({ RATE_LIMIT: '100/600' });
    const operationsOf = async (answers: readonly { headers: Record<string, string> }[]) => {
      const lines = answers.map(async ({ headers: { 'x-request-id': id = '' } }) => {
        const found = await linesOf([id], limited);
        expect(found).toHaveLength(1);
        return found[0].operation;
      });
      return Promise.all(lines);
    };
    const askAll = async () => {
      const answers = [];
      for (const [method, target] of targets) {
        answers.push(await ask(limited, `${method} ${target} HTTP/1.1`));
      }
      return answers;
    };
    const usual = await askAll();
    await overloaded(async () => {
      const refused = await askAll();
      expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([503]));
      expect(await operationsOf(refused)).toEqual(await operationsOf(usual));
      const policies = (answers: typeof usual) =>
        answers.map(({ headers }) => headers['ratelimit-policy']);
      expect(policies(refused)).toEqual(policies(usual));
      const failed = usual.filter(({ status }) => status === 401);
      expect(failed.length).toBeGreaterThan(9);
      for (const { headers } of refused) {
        expect(headers.ratelimit === undefined).toBe(headers['ratelimit-policy'] === undefined);
        if (headers.ratelimit === undefined) continue;
        expect(headers.ratelimit).toMatch(
          new RegExp(`^"address";r=${100 - failed.length};t=\\d+$`),
        );
      }
    }, limited);
    await limited.close();
  });

  test.each([
    ['the connection comes from, whatever X-Forwarded-For says', '0', [97, 97, 97]],
    ['the trusted proxy has seen, whatever came before it', '1', [98, 99, 100]],
  ] as const)('is of the address that %s', async (_which, trusted, left) => {
    const limited = await start({ RATE_LIMIT: '100/600', TRUST_PROXY: trusted });
    const askAs = async (forwarded: string) => {
      const field = `X-Forwarded-For: ${forwarded}`;
      const { status, headers } = await ask(limited, `GET ${tasks} HTTP/1.1`, field);
      return [status, headers.ratelimit?.split(';')[1]];
    };
    for (const real of ['198.51.100.7', '198.51.100.7', '198.51.100.8']) {
      expect((await askAs(`192.0.2.1, ${real}`))[0]).toBe(401);
    }
    await overloaded(async () => {
      const said = [
        await askAs('192.0.2.2, 198.51.100.7'),
        await askAs('198.51.100.7, 198.51.100.8'),
        await askAs('198.51.100.7, 198.51.100.9'),
      ];
      expect(said).toEqual(left.map((count) => [503, `r=${count}`]));
    }, limited);
    await limited.close();
  });

  test.each([tasks, 'x://y?z'])('is nothing where there are none: %s', async (target) => {
    await overloaded(async () => {
      expect((await ask(server, 'GET http://x/livez HTTP/1.1')).status).toBe(200);
      const { status, headers } = await ask(server, `GET ${target} HTTP/1.1`);
      expect(status).toBe(503);
      expect(Object.keys(headers)).not.toContain('ratelimit');
      expect(Object.keys(headers)).not.toContain('ratelimit-policy');
    });
  });
});

test('a refused body does not become the next request, and its connection goes on', async () => {
  const client = await signedIn(server.url, 'late');
  await overloaded(async () => {
    const body = JSON.stringify({ title: 'GET /api HTTP/1.1\r\n\r\n'.repeat(2_000) });
    for (let count = 0; count < 5; count += 1) {
      expectUnavailable(await client('POST', tasksOf('late'), { body }));
    }
    const endless = await openConnection(server.url);
    endless.write('POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999\r\n\r\n');
    expect(await endless.answer()).toMatchObject({ status: 503, headers: { connection: 'close' } });
    endless.socket.destroy();
    const noPreflight = await openConnection(server.url);
    noPreflight.write('OPTIONS /nothing HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(await noPreflight.answer()).toMatchObject({ status: 503 });
    noPreflight.socket.destroy();
  });
  expect((await client('GET', tasksOf('late'))).status).toBe(200);
});

test('a refusal is said before what comes behind its request and is not HTTP; then the connection ends', async () => {
  await overloaded(async () => {
    const connection = await openConnection(server.url);
    connection.write('GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n\u0001GARBAGE\r\n\r\n');
    expect(await connection.answer()).toMatchObject({ status: 503 });
    await expect(connection.answer()).rejects.toThrow('ended after ""');
  });
});

test('while the event loop is late, requests are 503, liveness is 200, and afterwards all is well', async () => {
  const busy = await startTestServer({ DATABASE_URL: server.databaseUrl, SHED_LOAD: 'on' });
  // The database has no part in it.
  const open = () => openConnection(busy.url);
  const connections = await Promise.all(Array.from({ length: 40 }, open));
  const ask = (path: string, connection: RawConnection) => {
    connection.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    return connection.answer();
  };
  const crowd = () => Promise.all(connections.map((connection) => ask('/nothing', connection)));
  let isBlocked = true;
  const block = () => {
    const end = performance.now() + 80;
    while (performance.now() < end);
    if (isBlocked) setTimeout(block);
  };
  block();
  let answers;
  // Who asks for the health only shuts nobody out, however many they are.
  for (let count = 0; count < 6; count += 1) {
    const spared = await Promise.all(connections.map((connection) => ask('/livez', connection)));
    expect(new Set(spared.map(({ status }) => status))).toEqual(new Set([200]));
  }
  expect((await ask('/nothing', connections[0]!)).status).toBe(404);
  do answers = await crowd();
  while (answers.every(({ status }) => status === 404));
  expect(answers.map(({ status }) => status)).toContain(404);
  const [refused] = answers.filter(({ status }) => status !== 404);
  expect(refused).toMatchObject({
    status: 503,
    headers: {
      'retry-after': expect.stringMatching(/^[123]$/),
      'content-type': 'application/problem+json; charset=utf-8',
    },
  });
  expect((await ask('/livez', connections[0]!)).status).toBe(200);
  isBlocked = false;
  do answers = await crowd();
  while (answers.some(({ status }) => status === 503));
  const client = await signedIn(busy.url, 'alice');
  expect((await client('GET', tasksOf('alice'))).status).toBe(200);
  const told = busy.logged().filter(({ status }) => status === 503);
  expect(new Set(told.map(({ level, reason }) => `${level} ${reason}`))).toEqual(
    new Set(['warn event_loop']),
  );
  for (const { socket } of connections) socket.destroy();
  await busy.close();
});

test('nobody is refused for that where it is switched off', async () => {
  const lenient = await startTestServer({
    DATABASE_URL: server.databaseUrl,
    DATABASE_POOL_MAX: '1',
    SHED_LOAD: 'off',
  });
  const client = await signedIn(lenient.url, 'bob');
  const leave = Promise.withResolvers<undefined>();
  const occupied = lenient.db.connect(() => leave.promise);
  const crowd = Array.from({ length: 30 }, async (_, index) => {
    const user = `user-${index}`;
    return (await signedIn(lenient.url, user))('GET', tasksOf(user));
  });
  while (lenient.db.state().waitingClients < 30) await client('GET', '/livez');
  leave.resolve(undefined);
  await occupied;
  for (const { status } of await Promise.all(crowd)) expect(status).toBe(200);
  await lenient.close();
});
