import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { sql } from 'slonik';
import { openSnapshot } from '../../src/db/snapshot.ts';
import { sendStream } from '../../src/http/stream.ts';
import { signedIn } from '../support/client.ts';
import { listen } from '../support/listen.ts';
import { createTask, tasksOf } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signToken } from '../support/tokens.ts';
import { until } from '../support/until.ts';
import { accountOf } from './account.ts';
import { beginExport, beginRawExport, insertManyTasks, JSON_TYPE, readExport } from './exports.ts';

jest.setTimeout(30_000);

/** More than fits into the buffers between the server and a client that does not read. */
const MANY = 3_000;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

/** The connections to the database that are in use. */
function inUse(): number {
  return server.db.state().acquiredConnections;
}

/** Whether the server has stopped reading tasks for an export, and waits for its client. */
async function isWaiting(): Promise<boolean> {
  return (await server.db.oneFirst(sql.unsafe`
    SELECT count(*) = 1 FROM pg_stat_activity
    WHERE datname = current_database() AND state = 'idle in transaction'
      AND state_change < clock_timestamp() - interval '200 milliseconds'`)) as boolean;
}

/** Reads what is left of an answer; `undefined` when it broke off. */
function readRest(response: IncomingMessage): Promise<string | undefined> {
  return text(response).catch(() => undefined);
}

describe('an export while the user writes', () => {
  test.each([
    ['a task is added', (user: string) => ['POST', tasksOf(user), { body: { title: 'late' } }]],
    [
      'everything is erased',
      (user: string) => ['DELETE', accountOf(user), { headers: { 'If-Match': '*' } }],
    ],
  ] as const)('has everything as it was, when %s', async (what, change) => {
    const user = `writer, ${what}`;
    await insertManyTasks(server, user, MANY);
    const client = await signedIn(server.url, user);
    const expected = await readExport(server, user, JSON_TYPE);

    const response = await beginExport(server, user, JSON_TYPE);
    await until(isWaiting);
    const [method, path, options] = change(user) as Parameters<typeof client>;
    expect((await client(method, path, options)).status).toBeLessThan(300);

    expect(response.headers.etag).toBe(`"${MANY}"`);
    expect(await readRest(response)).toBe(expected.text);
    await until(() => inUse() === 0);
  });

  test('says how many tasks follow, and its entity tag fits, at any moment', async () => {
    const user = 'busy';
    const client = await signedIn(server.url, user);
    const writing = { isDone: false };
    const written = (async () => {
      for (let count = 0; count < 60; count += 1) await createTask(client, user);
    })().finally(() => (writing.isDone = true));
    while (!writing.isDone) {
      const { user: account, tasks, headers } = await readExport(server, user, JSON_TYPE);
      // Every write here adds one task.
      expect(account.tasks.total).toBe(tasks.length);
      expect(account.revision).toBe(tasks.length);
      expect(headers.get('ETag')).toBe(`"${tasks.length}"`);
    }
    await written;
  });
});

describe('a client that reads slowly', () => {
  test('gets everything, though it takes longer than any statement may', async () => {
    await insertManyTasks(server, 'slow', MANY);
    const response = await beginExport(server, 'slow');
    // Statements, and transactions that do nothing, are otherwise ended after five seconds.
    await delay(6_000);
    const lines = (await readRest(response))!.split('\n');
    expect(lines).toHaveLength(MANY + 2);
    await until(() => inUse() === 0);
  });

  test('that reads nothing for too long is given up', async () => {
    let isClosed = false;
    const endless = new Readable({ read: () => void endless.push('x'.repeat(65_536)) });
    endless.once('close', () => (isClosed = true));
    const failures: unknown[] = [];
    const host = await listen(
      createServer((_, res) => {
        sendStream(res, endless, 100).catch((error: unknown) => failures.push(error));
      }),
    );
    const request = get(host.origin, { agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.on('error', () => undefined);
    await until(() => isClosed && failures.length === 1);
    expect(failures).toMatchObject([{ code: 'ERR_STREAM_PREMATURE_CLOSE' }]);
    expect(await readRest(response)).toBeUndefined();
    await host.close();
  });

  test('that goes on reading is not given up', async () => {
    const pieces = Array.from({ length: 10 }, (_, index) => `${index}\n`);
    const host = await listen(
      createServer((_, res) => {
        const slowly = async function* () {
          for (const piece of pieces) {
            await delay(50);
            yield piece;
          }
        };
        void sendStream(res, Readable.from(slowly()), 300);
      }),
    );
    const answer = await fetch(host.origin);
    expect(await answer.text()).toBe(pieces.join(''));
    await host.close();
  });
});

test.each([
  ['what is not HTTP', ['\u0001GARBAGE\r\n\r\n', 'and more of it\r\n\r\n']],
  ['CONNECT', ['CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n']],
])(
  'an export comes to its end, and its connection as well, when %s comes behind the request',
  async (what, pieces) => {
    const user = `noisy, ${what}`;
    await insertManyTasks(server, user, MANY);
    const { socket, begun } = await beginRawExport(server.url, user);
    await until(isWaiting);
    for (const piece of pieces) socket.write(piece);
    const rest = await text(socket);
    // The last chunk, which has no bytes.
    expect(rest.endsWith('\r\n0\r\n\r\n')).toBe(true);
    expect((begun + rest).match(/"title":"task \d+"/g)).toHaveLength(MANY);
    await until(() => inUse() === 0);
  },
);

describe('an export that does not come to its end', () => {
  test('gives its connection back when the client goes away', async () => {
    await insertManyTasks(server, 'leaver', MANY);
    const leave = async () => {
      const response = await beginExport(server, 'leaver');
      await until(isWaiting);
      expect(inUse()).toBe(1);
      response.destroy();
      await until(() => inUse() === 0);
      return server.db.oneFirst(sql.unsafe`
        SELECT array_agg(pid ORDER BY pid) FROM pg_stat_activity
        WHERE datname = current_database()`);
    };
    const connections = await leave();
    // The same ones, to be used again: none had to be thrown away.
    expect(await leave()).toEqual(connections);
    expect(await leave()).toEqual(connections);
  });

  test('leaves no connection behind, at whatever moment the client goes away', async () => {
    await insertManyTasks(server, 'hasty', 300);
    const headers = { Authorization: `Bearer ${await signToken({ sub: 'hasty' })}` };
    await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const request = get(`${server.url}/api/hasty/export`, { headers, agent: false });
        request.on('error', () => undefined);
        await delay(index);
        request.destroy();
      }),
    );
    // Those that wait for a connection get one first, and give it back.
    await until(() => {
      const { acquiredConnections, waitingClients } = server.db.state();
      return acquiredConnections === 0 && waitingClients === 0;
    });
    expect((await readExport(server, 'hasty', JSON_TYPE)).tasks).toHaveLength(300);
  });

  test('breaks off when the database ends its connection, and the server goes on', async () => {
    await insertManyTasks(server, 'cut', MANY);
    const response = await beginExport(server, 'cut');
    await until(isWaiting);
    await server.db.query(sql.unsafe`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND state = 'idle in transaction'`);
    await until(() => inUse() === 0);
    expect(await readRest(response)).toBeUndefined();
    const client = await signedIn(server.url, 'cut');
    expect((await client('GET', '/api/cut')).status).toBe(200);
  });

  test('does not wait for its client to find out that its connection is gone', async () => {
    const { head: pid, stream } = await openSnapshot(
      server.db,
      async (snapshot) =>
        ((await snapshot.one(sql.unsafe`SELECT pg_backend_pid() AS pid`)) as { pid: number }).pid,
      async function* () {
        await delay(0);
        yield 'never asked for';
      },
    );
    const failed = once(stream, 'error');
    await server.db.query(sql.unsafe`SELECT pg_terminate_backend(${pid})`);
    expect(await failed).toMatchObject([{ message: 'Backend has been terminated.' }]);
    expect(stream.destroyed).toBe(true);
    await until(() => inUse() === 0);
  });

  test.each(['application/json', 'application/x-ndjson'])(
    'breaks off, in %s too, at a task that the contract does not allow',
    async (accept) => {
      const user = `broken ${accept}`;
      await insertManyTasks(server, user, 1_000);
      await server.db.query(sql.unsafe`
        ALTER TABLE tasks DROP CONSTRAINT IF EXISTS tasks_title_length`);
      await server.db.query(sql.unsafe`
        UPDATE tasks SET title = repeat('x', 256) WHERE user_id = ${user} AND revision = 999`);
      const response = await beginExport(server, user, accept);
      expect(response.statusCode).toBe(200);
      expect(await readRest(response)).toBeUndefined();
      expect(response.complete).toBe(false);
      await until(() => inUse() === 0);
    },
  );
});
