import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { openSession } from '../faults/session.ts';
import { beginRawExport, insertManyTasks } from '../operations/exports.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createClient, signedIn } from '../support/client.ts';
import { startGate } from '../support/gate.ts';
import { startServerProcess, type ServerProcess } from '../support/process.ts';
import { openConnection, type RawConnection } from '../support/raw.ts';
import { startTestServer } from '../support/server.ts';
import { TEST_JWT_SECRET, signToken } from '../support/tokens.ts';
import { wayOf } from '../support/way.ts';

const TIMEOUT = 30_000;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const started: ServerProcess[] = [];
afterEach(async () => {
  for (const server of started.splice(0)) {
    server.kill('SIGKILL');
    await server.exit;
  }
});

/** Starts the server; it is killed after the test if it still runs. */
function start(env: Readonly<Record<string, string>>): ServerProcess {
  const server = startServerProcess(env);
  started.push(server);
  return server;
}

const configuration = (databaseUrl: string) => ({
  ...wayOf(databaseUrl),
  JWT_SECRET: TEST_JWT_SECRET,
  PORT: '0',
});

async function addressOf(server: ServerProcess): Promise<string> {
  const { address } = await server.logged('listening');
  return `http://${address.address}:${address.port}`;
}

/** Begins to create a task, with a body of 16 bytes: the server has the head, and waits for the body. */
async function beginCreate(url: string): Promise<RawConnection> {
  const connection = await openConnection(url);
  const token = await signToken({ sub: 'alice' });
  connection.write(
    `POST /api/alice/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n` +
      'Content-Type: application/json\r\nContent-Length: 16\r\nExpect: 100-continue\r\n\r\n',
  );
  expect((await connection.answer()).status).toBe(100);
  return connection;
}

describe('node src/server.ts', () => {
  test(
    'does not start without its configuration, and says all that is missing at once',
    async () => {
      const { code, stdout, stderr } = await start({}).exit;
      expect(code).toBe(1);
      expect(stdout).toBe('');
      expect(stderr).toBe(
        [
          'The configuration is not valid:',
          '  DATABASE_URL is required',
          '  JWT_SECRET or JWKS_URL is required, or both while moving from one to the other',
          '',
        ].join('\n'),
      );
    },
    TIMEOUT,
  );

  test(
    'does not start with a wrong configuration, and repeats no secret',
    async () => {
      const { code, stdout, stderr } = await start({
        DATABASE_URL: 'mysql://root:hunter2@db.test/todo',
        JWT_SECRET: 'tooshort',
        PORT: 'http',
      }).exit;
      expect([code, stdout]).toStrictEqual([1, '']);
      for (const name of ['DATABASE_URL', 'JWT_SECRET', 'PORT']) expect(stderr).toContain(name);
      expect(stderr).not.toMatch(/hunter2|tooshort|\bat /);
    },
    TIMEOUT,
  );

  test(
    'says which port is in use, and how to choose another',
    async () => {
      const other = createServer().listen(0, '127.0.0.1');
      await once(other, 'listening');
      const { port } = other.address() as AddressInfo;
      const server = start({ ...configuration(database.url), PORT: String(port) });
      const { code, stderr } = await server.exit;
      other.close();
      expect(code).toBe(1);
      expect(stderr).toBe(`Port ${port} of 127.0.0.1 is in use. Choose another with PORT.\n`);
    },
    TIMEOUT,
  );

  test(
    'serves, and logs each request without its token, path or body',
    async () => {
      const server = start(configuration(database.url));
      const url = await addressOf(server);
      const alice = await signedIn(url, 'alice@example.com');
      const path = `/api/${encodeURIComponent('alice@example.com')}/tasks`;
      const headers = { 'X-Request-Id': 'traced' };
      const { status } = await alice('POST', path, { body: { title: 'private' }, headers });
      expect(status).toBe(201);
      server.kill('SIGTERM');
      const { code, stdout, stderr } = await server.exit;
      expect([code, stderr]).toStrictEqual([0, '']);
      expect(stdout).toContain('"request_id":"traced"');
      expect(stdout).not.toMatch(/alice|private|Bearer|eyJ|postgres:/);
    },
    TIMEOUT,
  );

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'finishes on %s what it has begun, takes nothing new, and exits with 0',
    async (signal) => {
      const server = start(configuration(database.url));
      const url = await addressOf(server);
      const slow = await beginCreate(url);
      slow.write('{"title"');

      server.kill(signal);
      await server.logged('draining');
      // As npm does, which passes on what a terminal has sent to both.
      server.kill(signal);
      await expect(fetch(`${url}/livez`)).rejects.toThrow();
      slow.write(':"last"}');
      const { status, text } = await slow.answer();
      expect([status, JSON.parse(text).title]).toStrictEqual([201, 'last']);
      slow.socket.destroy();

      const { code, stderr } = await server.exit;
      expect([code, stderr]).toStrictEqual([0, '']);
    },
    TIMEOUT,
  );

  test(
    'ends at once when it is told to again, a while after the first time',
    async () => {
      const server = start(configuration(database.url));
      const unfinished = await beginCreate(await addressOf(server));
      server.kill('SIGTERM');
      await server.logged('draining');
      const again = setInterval(() => {
        server.kill('SIGTERM');
      }, 100);
      const { signal } = await server.exit;
      clearInterval(again);
      expect(signal).toBe('SIGTERM');
      unfinished.socket.destroy();
    },
    TIMEOUT,
  );

  test(
    'waits at its end for requests only, not for connections on which there is none',
    async () => {
      const server = start(configuration(database.url));
      const url = await addressOf(server);
      const unused = await openConnection(url);
      const used = await openConnection(url);
      const busy = await beginCreate(url);
      used.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
      expect((await used.answer()).status).toBe(200);

      server.kill('SIGTERM');
      const draining = await server.logged('draining');
      busy.write('{"title":"busy"}');
      const { status, headers } = await busy.answer();
      // The client keeps all three open; the server must not wait for that, nor for its own deadline.
      const stopped = await server.logged('stopped');
      expect([status, headers.connection]).toStrictEqual([201, 'close']);
      expect(Date.parse(stopped.time) - Date.parse(draining.time)).toBeLessThan(5_000);
      for (const { socket } of [unused, used, busy]) socket.destroy();
    },
    TIMEOUT,
  );

  test.each([
    ['has not begun', '/api/alice', 'close'],
    ['waits to be sent', '/livez', 'keep-alive'],
  ])(
    'gives at its end all answers that a connection waits for, and closes it, when the last %s',
    async (_what, path, announced) => {
      const blocker = await openSession(database.url);
      const observer = await openSession(database.url);
      await blocker.query('BEGIN');
      await blocker.query('LOCK TABLE users IN ACCESS EXCLUSIVE MODE');
      const server = start(configuration(database.url));
      const connection = await openConnection(await addressOf(server));
      const token = await signToken({ sub: 'alice' });
      const request = (of: string) =>
        `GET ${of} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`;
      connection.write(request('/api/alice') + request(path));
      await observer.untilWaiting(1);

      server.kill('SIGTERM');
      await server.logged('draining');
      await blocker.query('ROLLBACK');
      const answers = [await connection.answer(), await connection.answer()];
      expect(answers.map(({ status, headers }) => [status, headers.connection])).toStrictEqual([
        [200, 'keep-alive'],
        [200, announced],
      ]);
      await expect(connection.answer()).rejects.toThrow('ended after ""');
      expect(await server.exit).toMatchObject({ code: 0, stderr: '' });
      for (const session of [blocker, observer]) await session.end();
    },
    TIMEOUT,
  );

  test.each([
    ['', ''],
    [', with CONNECT behind it', 'CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n'],
  ])(
    'ends with an export that has begun, though its client keeps the connection%s',
    async (what, behind) => {
      const user = `leaver${what}`;
      const count = 3_000;
      const beside = await startTestServer({ DATABASE_URL: database.url });
      await insertManyTasks(beside, user, count);
      await beside.close();
      const server = start(configuration(database.url));
      const { socket, begun } = await beginRawExport(await addressOf(server), user);
      socket.write(behind);

      server.kill('SIGTERM');
      const draining = await server.logged('draining');
      const rest = await text(socket);
      const stopped = await server.logged('stopped');
      expect((begun + rest).match(/"title":"task \d+"/g)).toHaveLength(count);
      // The last chunk, which has no bytes.
      expect(rest.endsWith('\r\n0\r\n\r\n')).toBe(true);
      expect(Date.parse(stopped.time) - Date.parse(draining.time)).toBeLessThan(5_000);
      expect(await server.exit).toMatchObject({ code: 0, stderr: '' });
    },
    TIMEOUT,
  );

  test(
    'says at its start, before anybody asks, that the database sets no time limits',
    async () => {
      // It is told of a pooler, so it sends none itself.
      const server = start({
        ...configuration(database.url),
        DATABASE_URL: database.url,
        DATABASE_POOLER: 'on',
      });
      const { err } = await server.logged('the database is not ready; see /readyz');
      expect(err.cause).toMatchObject({ type: 'NotReadyError', reason: 'no_time_limits' });
    },
    TIMEOUT,
  );

  test(
    'starts while the database is away, says so, and recovers when it is back',
    async () => {
      const gate = await startGate(database.url);
      const server = start(configuration(gate.url));
      const url = await addressOf(server);
      const ask = createClient(url);
      const alice = await signedIn(url, 'bob');

      for (const path of ['/readyz', '/health']) {
        const { status, headers, body } = await ask('GET', path);
        expect([status, body.code]).toStrictEqual([503, 'service_unavailable']);
        expect(Number(headers.get('Retry-After'))).toBeGreaterThan(0);
      }
      expect((await ask('GET', '/livez')).status).toBe(200);
      expect((await alice('GET', '/api/bob/tasks')).status).toBe(503);

      gate.open();
      expect((await ask('GET', '/readyz')).status).toBe(200);
      expect((await alice('GET', '/api/bob/tasks')).status).toBe(200);

      gate.shut();
      expect((await ask('GET', '/readyz')).status).toBe(503);
      gate.open();
      let { status } = await ask('GET', '/readyz');
      // Connections that broke while nobody used them may be noticed only now.
      for (let attempt = 0; status !== 200 && attempt < 10; attempt += 1) {
        ({ status } = await ask('GET', '/readyz'));
      }
      expect(status).toBe(200);
      expect((await alice('GET', '/api/bob/tasks')).status).toBe(200);
      await gate.close();
    },
    TIMEOUT,
  );
});
