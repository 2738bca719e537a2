import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { expectUnavailable } from './answers.ts';
import { createClient, signedIn } from '../support/client.ts';
import { openConnection, type RawConnection } from '../support/raw.ts';
import { tasksOf } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/** Connections of the server under test. */
const CONNECTIONS = 2;
/** How many may wait for them when many come at once. */
const BURST = 10 * CONNECTIONS;

const REFUSED = 'overloaded: requests were refused';

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

/** Makes the queue for the database as long as it may be, while `action` runs. */
async function overloaded(action: () => Promise<void>): Promise<void> {
  const leave = Promise.withResolvers<undefined>();
  const taken = Array.from({ length: CONNECTIONS }, () => Promise.withResolvers<undefined>());
  const occupied = taken.map(({ resolve }) =>
    server.db.connect(async () => {
      resolve(undefined);
      await leave.promise;
    }),
  );
  await Promise.all(taken.map(({ promise }) => promise));
  // Of many users, as each has only a share of the connections.
  let refused = 0;
  const crowd = Array.from({ length: BURST + 1 }, async (_, index) => {
    const client = await signedIn(server.url, `user-${index}`);
    const { status } = await client('POST', tasksOf(`user-${index}`), { body: { title: 'a' } });
    if (status === 503) refused += 1;
    return status;
  });
  try {
    // Some are refused only when others were not long ago.
    while (server.db.state().waitingClients + refused <= BURST) {
      await createClient(server.url)('GET', '/livez');
    }
    await action();
  } finally {
    leave.resolve(undefined);
    await Promise.all(occupied);
  }
  // Who was let in is served.
  const served = (await Promise.all(crowd)).filter((status) => status !== 503);
  expect(served.length).toBeGreaterThan(2 * CONNECTIONS);
  expect(new Set(served)).toEqual(new Set([201]));
}

test('who comes when too many wait is 503 with Retry-After, and leaves nothing behind', async () => {
  const client = await signedIn(server.url, 'late');
  await overloaded(async () => {
    const create = () => client('POST', tasksOf('late'), { body: { title: 'a' } });
    for (const answer of await Promise.all(Array.from({ length: 50 }, create))) {
      expectUnavailable(answer);
      expect(answer.body.request_id).toBe(answer.headers.get('X-Request-Id'));
    }
    // Before anything else is looked at.
    expectUnavailable(await createClient(server.url)('GET', tasksOf('late')));
  });
  expect((await client('GET', tasksOf('late'))).body.items).toEqual([]);
  const told = server.logged().filter(({ msg }) => msg === REFUSED);
  expect(told[0]).toMatchObject({ level: 'warn', refused: { database: 1 } });
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
  const [told] = busy.logged().filter(({ msg }) => msg === REFUSED);
  expect(told.refused).toEqual({ event_loop: 1 });
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
