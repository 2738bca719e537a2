import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createNetServer, type AddressInfo, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { sql, type DatabasePool } from 'slonik';
import { z } from 'zod';
import { databaseFailure } from '../../src/db/errors.ts';
import { createDatabaseAccess } from '../../src/db/pool.ts';
import { TIME_LIMITS } from '../../src/db/time-limits.ts';
import { openSession, type Session } from '../faults/session.ts';
import { createClient, signedIn } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startGate } from '../support/gate.ts';
import { listen } from '../support/listen.ts';
import { createTask } from '../support/scenarios.ts';
import { startTestServer } from '../support/server.ts';
import { startWsProxy, type WsProxy } from '../support/ws-proxy.ts';

let database: TestDatabase;
let proxy: WsProxy;
let session: Session;
let pools: DatabasePool[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await startWsProxy();
  session = await openSession(database.url);
});
afterEach(async () => {
  await Promise.all(pools.map((pool) => pool.end()));
  pools = [];
});
afterAll(async () => {
  await session.end();
  await proxy.close();
  await database.drop();
});

async function open(
  driver: 'tcp' | 'neon',
  { wsProxy = proxy.url, url = database.url } = {},
): Promise<DatabasePool> {
  const { db } = await createDatabaseAccess({
    url,
    driver,
    wsProxy: new URL(wsProxy),
    poolMax: 2,
    poolWait: 20_000,
    hasPooler: false,
    sleeps: false,
  });
  pools.push(db);
  return db;
}

const anything = z.record(z.string(), z.unknown());
const any = sql.type(anything);
const pid = sql.type(z.object({ pid: z.number() }))`SELECT pg_backend_pid() AS pid`;

/** Notes the WebSockets that are made until it is told to forget about it. */
function recordWebSockets(): {
  readonly sockets: readonly WebSocket[];
  readonly forget: () => void;
} {
  const original = globalThis.WebSocket;
  const sockets: WebSocket[] = [];
  globalThis.WebSocket = new Proxy(original, {
    construct(target, args: ConstructorParameters<typeof WebSocket>) {
      const socket = new target(...args);
      sockets.push(socket);
      return socket;
    },
  });
  return { sockets, forget: () => void (globalThis.WebSocket = original) };
}

/** Resolves when PostgreSQL has ended that connection. */
async function terminate(backend: number): Promise<void> {
  await session.query('SELECT pg_terminate_backend($1, 10000)', [backend]);
}

test.each(['tcp', 'neon'] as const)(
  'SHOW says what time limits a connection through %s has',
  async (driver) => {
    const db = await open(driver);
    const shown = [];
    for (const name of Object.keys(TIME_LIMITS)) {
      shown.push(await db.one(any`SHOW ${sql.identifier([name])}`));
    }
    expect(shown).toEqual([
      { statement_timeout: '5s' },
      { lock_timeout: '3s' },
      { idle_in_transaction_session_timeout: '5s' },
    ]);
  },
);

test('a server with it reaches its database through WebSockets alone, with every time limit', async () => {
  const before = proxy.connections();
  const server = await startTestServer({
    DATABASE_URL: database.url,
    DATABASE_DRIVER: 'neon',
    DATABASE_WS_PROXY: proxy.url,
    DATABASE_POOLER: 'off',
  });
  expect((await createClient(server.url)('GET', '/readyz')).status).toBe(200);
  expect((await createTask(await signedIn(server.url, 'ada'), 'ada')).revision).toBe(1);
  const [{ count }] = await session.query(
    `SELECT count(*)::int FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  );
  expect(count).toBe(proxy.connections() - before);
  await server.close();
});

test.each(['tcp', 'neon'] as const)(
  'a password is normalised through %s as PostgreSQL has done it (RFC 4013)',
  async (driver) => {
    const role = `typed_${driver}`;
    // A ligature, a space that is none of ASCII's, and a hyphen that is not seen.
    const password = '\ufb01\u00a0\u00adx';
    await session.query(`CREATE ROLE ${role} LOGIN PASSWORD '${password}'`);
    const url = new URL(database.url);
    url.username = role;
    url.password = encodeURIComponent(password);
    const db = await open(driver, { url: url.href });
    expect(await db.one(any`SELECT current_user AS name`)).toEqual({ name: role });
    await db.end();
    await session.query(`DROP ROLE ${role}`);
  },
);

/** A message of the authentication, by its number. */
function authentication(number: number, text: string): Buffer {
  const head = Buffer.from('R\0\0\0\0\0\0\0\0');
  head.writeInt32BE(8 + Buffer.byteLength(text), 1);
  head.writeInt32BE(number, 5);
  return Buffer.concat([head, Buffer.from(text)]);
}

type Say = (heard: string) => Buffer;
const offer: Say = () => authentication(10, 'SCRAM-SHA-256\0\0');
const challenge: Say = (heard) =>
  authentication(11, `r=${/r=([^,]*)$/.exec(heard)![1]}x,s=AAAA,i=4096`);

describe.each([
  ['offers nothing that is known', [() => authentication(10, 'OTHER\0\0')], 'Only mechanism'],
  [
    'has another nonce',
    [offer, () => authentication(11, 'r=other,s=AAAA,i=4096')],
    'server nonce does not start with client nonce',
  ],
  [
    'does not know the password',
    [offer, challenge, () => authentication(12, 'v=AAAA')],
    'server signature does not match',
  ],
] as const satisfies readonly (readonly [string, readonly Say[], string])[])(
  'a server that %s',
  (_what, says, reason) => {
    test.each(['tcp', 'neon'] as const)(
      'makes a connection through %s fail, and nothing else',
      async (driver) => {
        const sockets: Socket[] = [];
        const impostor = createNetServer((socket) => {
          sockets.push(socket);
          const left: Say[] = [...says];
          socket.on('error', () => undefined);
          socket.on('data', (heard) => socket.write(left.shift()?.(heard.toString()) ?? ''));
        });
        impostor.listen(0, '127.0.0.1');
        await once(impostor, 'listening');
        const url = new URL(database.url);
        url.port = String((impostor.address() as AddressInfo).port);
        const db = await open(driver, { url: url.href });
        const error: unknown = await db.query(any`SELECT 1`).catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ cause: { message: expect.stringContaining(reason) } });
        for (const socket of sockets) socket.destroy();
        impostor.close();
      },
    );
  },
);

test('gives out what the other one does', async () => {
  const question = any`
    SELECT 9007199254740991 AS int8, ARRAY[1, 2] AS numbers, NULL AS nothing, true AS yes,
           repeat('ü🙂', 100000) AS text, ${'a\'"\\'}::text AS sent, ${null}::text AS unset`;
  const [tcp, neon] = await Promise.all([open('tcp'), open('neon')]);
  const rows = await neon.one(question);
  expect(rows).toStrictEqual(await tcp.one(question));
  expect(rows).toMatchObject({ int8: 9007199254740991, numbers: [1, 2], nothing: null });
});

describe.each(['tcp', 'neon'] as const)('with %s', (driver) => {
  test.each([
    ['22012', 'refused', any`SELECT 1 / 0`],
    ['42601', 'refused', any`SELEC 1`],
    ['23502', 'refused', any`INSERT INTO users (user_id) VALUES (NULL)`],
    ['57014', 'lost', any`SELECT pg_sleep(60)`],
    [
      '40001',
      'conflict',
      any`DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'serialization_failure'; END $$`,
    ],
  ] as const)('SQLSTATE %s is %s', async (code, failure, statement) => {
    const db = await open(driver);
    const failed = db.transaction(async (transaction) => {
      await transaction.query(any`SELECT set_config('statement_timeout', '50', true)`);
      await transaction.query(statement);
    });
    const error: unknown = await failed.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code });
    expect(databaseFailure(error)).toBe(failure);
    expect(await db.oneFirst(any`SELECT 1 AS one`)).toBe(1);
  });

  test('several statements in one text are refused', async () => {
    const db = await open(driver);
    await expect(db.any(any`SELECT 1 AS a; SELECT 2 AS b`)).rejects.toThrow('one statement');
    expect(await db.oneFirst(any`SELECT 1 AS one`)).toBe(1);
  });

  test('a connection that PostgreSQL ends while it is idle is not used again', async () => {
    const db = await open(driver);
    const first = await db.oneFirst(pid);
    await terminate(first);
    while (db.state().idleConnections > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await db.oneFirst(pid)).not.toBe(first);
  });

  test('a connection that PostgreSQL ends during a statement is lost', async () => {
    const db = await open(driver);
    const ended = db.connect(async (connection) => {
      const backend = await connection.oneFirst(pid);
      await connection.query(any`SELECT pg_terminate_backend(${backend}), pg_sleep(60)`);
    });
    expect(databaseFailure(await ended.catch((thrown: unknown) => thrown))).toBe('lost');
    expect(await db.oneFirst(any`SELECT 1 AS one`)).toBe(1);
  });
});

test('a WebSocket that breaks during a statement is a connection that is lost', async () => {
  const doomed = await startWsProxy();
  const db = await open('neon', { wsProxy: doomed.url });
  const asleep = db.connect(async (connection) => {
    await connection.query(pid);
    const sleeping = connection.query(any`SELECT pg_sleep(60)`);
    void doomed.close();
    await sleeping;
  });
  expect(databaseFailure(await asleep.catch((thrown: unknown) => thrown))).toBe('lost');
  expect(databaseFailure(await db.query(pid).catch((thrown: unknown) => thrown))).toBe('unsent');
});

test('a WebSocket that breaks after its connection was given up is nobody’s error', async () => {
  const { host } = new URL(proxy.url);
  const gate = await startGate(`postgres://${host}`);
  gate.open();
  const { sockets, forget } = recordWebSockets();
  const db = await open('neon', { wsProxy: gate.url.replace('postgres:', 'ws:') });
  await db.query(pid);
  forget();
  const closed = Promise.all(sockets.map((socket) => once(socket, 'close')));
  expect(sockets).toHaveLength(1);
  // Whatever is sent next, which is that it wants to close.
  const goodbye = gate.catchRequest('');
  await db.end();
  await goodbye.held;
  pools = [];
  await gate.close();
  // An event comes after the error, and what is thrown in its listeners before the next turn of the event loop.
  await closed;
  await setImmediate();
});

test('where there is no WebSocket, nothing has been sent', async () => {
  const { origin, close } = await listen(
    createServer((_request, response) => response.writeHead(404).end()),
  );
  const db = await open('neon', { wsProxy: origin.replace('http', 'ws') });
  expect(databaseFailure(await db.query(pid).catch((thrown: unknown) => thrown))).toBe('unsent');
  await close();
});
