import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { callsOf, type Account } from '../../scripts/bench/calls.ts';
import { connect } from '../../scripts/bench/connection.ts';
import { assertSameAnswers } from '../../scripts/bench/equality.ts';
import { closedLoop, openLoop } from '../../scripts/bench/load.ts';
import { spreadOf } from '../../scripts/bench/statistics.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const call = { request: 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', status: 200 };
const next = () => call;

describe('the load of the benchmark', () => {
  test('counts the time from when a request was due, however long the server holds the load up', async () => {
    let isFirst = true;
    const port = await serve((_req, res) => {
      const wait = isFirst ? 400 : 0;
      isFirst = false;
      setTimeout(() => res.end('{}'), wait);
    });
    // All 20 are due within 200 ms, and none is answered before 400.
    const result = await openLoop({ port, connections: 1, seconds: 0.2, next }, 100);
    expect(result).toMatchObject({ answered: 20, refused: 0, unanswered: 0 });
    expect(result.latency.p50).toBeGreaterThan(200);
  });

  test('tells refusals and missing answers from answers in an open loop', async () => {
    let count = 0;
    const port = await serve((_req, res) => {
      count += 1;
      if (count === 5) return;
      res.statusCode = count % 2 === 0 ? 503 : 200;
      res.end('{}');
    });
    const result = await openLoop({ port, connections: 2, seconds: 0.1, next }, 100);
    expect(result).toMatchObject({ answered: 4, refused: 5, unanswered: 1 });
  });

  test('has no time of answers where there are none', async () => {
    const port = await serve((_req, res) => {
      res.statusCode = 503;
      res.end('{}');
    });
    const result = await openLoop({ port, connections: 2, seconds: 0.1, next }, 100);
    expect(result.latency).toEqual({ p50: NaN, p95: NaN, p99: NaN, max: NaN });
    expect(result.refusalLatency.p50).toBeGreaterThan(0);
  });

  test.each(['closed', 'open'])(
    'ends the %s loop at an answer that is not the expected one',
    async (kind) => {
      const port = await serve((_req, res) => {
        res.statusCode = 404;
        res.end('no such thing');
      });
      const options = { port, connections: 2, seconds: 5, next };
      await expect(kind === 'open' ? openLoop(options, 100) : closedLoop(options)).rejects.toThrow(
        'GET / HTTP/1.1 was answered 404 instead of 200: no such thing',
      );
    },
  );

  test('reads an answer that comes in pieces, and one without a body', async () => {
    const text = JSON.stringify({ text: 'ü'.repeat(100_000) });
    let count = 0;
    const port = await serve((_req, res) => {
      count += 1;
      if (count === 1) res.writeHead(200, { 'Content-Length': Buffer.byteLength(text) }).end(text);
      else res.writeHead(304).end();
    });
    const connection = await connect(port);
    const whole = await connection.send(call.request);
    expect({ status: whole.status, text: whole.body.toString() }).toEqual({ status: 200, text });
    await expect(connection.send(call.request)).resolves.toMatchObject({ status: 304 });
    connection.close();
  });

  test('fails when the server breaks the connection off', async () => {
    const port = await serve((req) => void req.socket.destroy());
    await expect(closedLoop({ port, connections: 2, seconds: 5, next })).rejects.toThrow();
  });
});

describe('the requests of the benchmark', () => {
  const account = (userId: string): Account => ({
    userId,
    token: `token-of-${userId}`,
    taskIds: ['1', '2', '3'],
  });
  const accounts = [account('ada'), account('bob')];
  const take = (source: () => { request: string }, count: number) =>
    Array.from({ length: count }, () => source().request);

  test('are the same for the same seed, and others for another', () => {
    const first = take(callsOf('mix', accounts, 1), 200);
    expect(take(callsOf('mix', accounts, 1), 200)).toEqual(first);
    expect(take(callsOf('mix', accounts, 2), 200)).not.toEqual(first);
  });

  test('are mixed as announced, in each hundred', () => {
    const source = callsOf('mix', accounts, 3);
    for (let hundred = 0; hundred < 3; hundred += 1) {
      const lines = take(source, 100);
      const count = (pattern: RegExp) => lines.filter((line) => pattern.test(line)).length;
      expect({
        get: count(/^GET \/api\/\w+\/tasks\/\d /),
        list: count(/^GET \/api\/\w+\/tasks /),
        complete: count(/^PATCH /),
        create: count(/^POST /),
      }).toEqual({ get: 60, list: 25, complete: 10, create: 5 });
    }
  });

  test('carry the token of the user whose path they name', () => {
    for (const request of take(callsOf('mix', accounts, 4), 100)) {
      const [, user] = /\/api\/(\w+)\//.exec(request) ?? [];
      expect(request).toContain(`Authorization: Bearer token-of-${user}\r\n`);
    }
  });
});

describe('the comparison of answers', () => {
  const accounts = ['ada', 'bob'].map((userId) => ({ userId, token: userId, taskIds: ['1'] }));

  /** Answers everything as a server with one task would, changed by `change`. */
  function fake(change: (task: Record<string, unknown>) => unknown = () => undefined) {
    let revision = 4;
    return serve((req, res) => {
      const [, user, id] = /^\/api\/(\w+)\/tasks\/?([^?/]*)/.exec(req.url ?? '') ?? [];
      const isWrite = req.method !== 'GET';
      if (isWrite) revision += 1;
      const time = '2026-01-01T00:00:00.000Z';
      const task = {
        id: isWrite ? '019bc0fd-89c0-7c3e-9f41-6f0c2d8e5a17' : '1',
        title: 'x',
        created_at: time,
        updated_at: time,
        completed_at: null,
        revision,
      };
      change(task);
      const isForeign = req.headers.authorization !== `Bearer ${user}`;
      const isAbsent = user === 'bob' && id === '1';
      const status = isForeign ? 403 : isAbsent ? 404 : req.method === 'POST' ? 201 : 200;
      const body = id === '' && !isWrite ? { items: [task], next_cursor: 'x' } : task;
      res.statusCode = status;
      res.setHeader('ETag', `"${revision}"`);
      res.end(JSON.stringify(body));
    });
  }

  async function compared(change?: (task: Record<string, unknown>) => unknown) {
    const [first, second] = [await fake(), await fake(change)];
    const program = (name: string, port: number) => ({
      ...{ name, port, pid: 0 },
      truncateLog: () => Promise.resolve(),
      stop: () => Promise.resolve(),
    });
    await assertSameAnswers([program('first', first), program('second', second)], accounts);
  }

  test('is content with equal answers, whatever a write makes anew', async () => {
    await compared();
    await compared((task) => {
      if (task.id !== '1') task.id = '019bc0fd-0000-7000-8000-000000000000';
    });
  });

  test.each<[string, (task: Record<string, unknown>) => unknown]>([
    ['another value', (task) => (task.title = 'y')],
    ['a missing property', (task) => delete task.title],
    ['one property more', (task) => (task.colour = 'red')],
    ['an id of another kind', (task) => task.id !== '1' && (task.id = crypto.randomUUID())],
    ['a time in another form', (task) => (task.created_at = '2026-01-01T00:00:00Z')],
    ['a revision that stands still', (task) => (task.revision = 4)],
  ])('finds %s', async (_what, change) => {
    await expect(compared(change)).rejects.toThrow('second and first answer differently');
  });
});

test('the median of values is their middle, and the spread their ends', () => {
  expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  expect(spreadOf([4, 1, 2, 3])).toEqual({ median: 2.5, min: 1, max: 4 });
  expect(spreadOf([1, NaN, 2])).toEqual({ median: NaN, min: NaN, max: NaN });
  expect(() => spreadOf([])).toThrow(RangeError);
});
