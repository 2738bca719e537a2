import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { sql } from 'slonik';
import { createClient, signedIn, type Client } from '../support/client.ts';
import { findFreePort } from '../../scripts/local/port.ts';
import { createTask, tasksOf } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signToken } from '../support/tokens.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

let server: TestServer;
let alice: Client;
let strangers: Client;

beforeAll(async () => {
  server = await startTestServer();
  alice = await signedIn(server.url, 'alice');
  strangers = createClient(server.url);
});

afterAll(async () => {
  await server.close();
});

/** The line of a request; it is written a moment after the answer has arrived. */
async function lineOf(requestId: string | null, of: TestServer = server): Promise<any> {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    const lines = of
      .logged()
      .filter((line) => line.request_id === requestId && line.msg === 'request');
    if (lines.length > 0) {
      expect(lines).toHaveLength(1);
      return lines[0];
    }
    await sleep(10);
  }
  throw new Error(`no line for ${requestId}`);
}

const lineOfAnswer = (answer: { headers: Headers }, of?: TestServer) =>
  lineOf(answer.headers.get('X-Request-Id'), of);

describe('the line of a request', () => {
  test('says who did what, with what outcome, how long and how much', async () => {
    const answer = await alice('POST', tasksOf('alice'), { body: { title: 'a task' } });
    // It may have been slow, on a busy machine.
    const {
      level,
      slow: _,
      database: __,
      body_ms: ___,
      event_loop: ____,
      ...line
    } = await lineOfAnswer(answer);
    expect(['info', 'warn']).toContain(level);
    expect(line).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      msg: 'request',
      request_id: answer.headers.get('X-Request-Id'),
      trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      operation: 'createTask',
      method: 'POST',
      status: 201,
      duration_ms: expect.any(Number),
      user: expect.stringMatching(/^[0-9a-f]{24}$/),
      bytes_in: expect.any(Number),
      bytes_out: expect.any(Number),
    });
  });

  test('has the code of a problem, and the reason when a token was refused', async () => {
    const missing = await alice('GET', `${tasksOf('alice')}/0199f7a4-0000-7000-8000-000000000000`);
    expect(await lineOfAnswer(missing)).toMatchObject({
      level: 'info',
      operation: 'getTask',
      status: 404,
      problem: 'task_not_found',
    });
    const token = await signToken({ sub: 'alice', exp: 1 });
    const refused = await createClient(server.url, token)('GET', tasksOf('alice'));
    const line = await lineOfAnswer(refused);
    expect(line).toMatchObject({ status: 401, problem: 'invalid_token', reason: 'expired' });
    expect(line).not.toHaveProperty('user');
    expect(line).not.toHaveProperty('err');
  });

  test('has no operation for a path or a method that the contract does not have', async () => {
    const unknown = await lineOfAnswer(await strangers('GET', '/nowhere/alice'));
    expect(unknown).toMatchObject({ method: 'GET', status: 404, problem: 'route_not_found' });
    expect(unknown).not.toHaveProperty('operation');
    const wrong = await lineOfAnswer(await strangers('DELETE', '/livez'));
    expect(wrong).toMatchObject({ method: 'DELETE', status: 405, problem: 'method_not_allowed' });
    expect(wrong).not.toHaveProperty('operation');
  });

  test('has one hash for one user, on every path and after a refusal', async () => {
    const lines = await Promise.all([
      alice('GET', tasksOf('alice')).then((answer) => lineOfAnswer(answer)),
      alice('GET', tasksOf('bob')).then((answer) => lineOfAnswer(answer)),
      (await signedIn(server.url, 'bob'))('GET', tasksOf('bob')).then((answer) =>
        lineOfAnswer(answer),
      ),
    ]);
    const [own, foreign, bob] = lines.map((line) => line.user);
    expect(own).toMatch(/^[0-9a-f]{24}$/);
    expect(foreign).toBe(own);
    expect(bob).not.toBe(own);
  });

  test('counts the bytes of the connection, each once', async () => {
    const { port, hostname } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    let received = 0;
    socket.on('data', (chunk) => (received += chunk.length));
    const request = (id: string) => `GET /livez HTTP/1.1\r\nHost: x\r\nX-Request-Id: ${id}\r\n\r\n`;
    for (const id of ['bytes-1', 'bytes-2']) {
      const before = received;
      socket.write(request(id));
      const line = await lineOf(id);
      while (received - before < line.bytes_out) await once(socket, 'data');
      expect(line.bytes_in).toBe(request(id).length);
      expect(line.bytes_out).toBe(received - before);
    }
    socket.destroy();
  });

  test('is one line whatever the request tries', async () => {
    const path = `/a%0A%7B%22level%22%3A%22fatal%22%7D%1b%5b2J`;
    await lineOfAnswer(await strangers('GET', path));
    for (const line of server.logged()) expect(JSON.stringify(line)).not.toContain('fatal');
  });
});

describe('the id of a request', () => {
  test('is taken over when it is well-formed', async () => {
    const id = 'A-z_0.9'.repeat(18);
    const answer = await strangers('GET', '/livez', { headers: { 'X-Request-Id': id } });
    expect(answer.headers.get('X-Request-Id')).toBe(id);
    expect(await lineOf(id)).toMatchObject({ operation: 'getLiveness' });
  });
});

describe('the trace of a request', () => {
  test('is the caller’s when there is one', async () => {
    const headers = { traceparent: `00-${TRACE}-${SPAN}-01`, tracestate: 'a=b' };
    const line = await lineOfAnswer(await strangers('GET', '/livez', { headers }));
    expect(line).toMatchObject({ trace_id: TRACE, parent_span_id: SPAN });
  });

  test('begins here when the caller’s is malformed', async () => {
    const headers = { traceparent: `00-${TRACE}-${SPAN}-01-more` };
    const line = await lineOfAnswer(await strangers('GET', '/livez', { headers }));
    expect(line.trace_id).toMatch(/^[0-9a-f]{32}$/);
    expect(line.trace_id).not.toBe(TRACE);
    expect(line).not.toHaveProperty('parent_span_id');
  });
});

describe('the line of a slow request', () => {
  let crowded: TestServer;
  beforeAll(async () => {
    crowded = await startTestServer({ DATABASE_URL: server.databaseUrl, DATABASE_POOL_MAX: '1' });
  });
  afterAll(async () => {
    await crowded.close();
  });

  test('says which statement took the time, and who waited for a connection', async () => {
    await createTask(alice, 'alice');
    const client = await signedIn(crowded.url, 'alice');
    const { slow, waiting } = await whileLocked('alice', async (untilBlocked) => {
      const blocked = client('POST', tasksOf('alice'), { body: { title: 'a task' } });
      await untilBlocked();
      const queued = client('GET', tasksOf('alice'));
      await sleep(300); // The time that the statement takes.
      return { slow: blocked, waiting: queued };
    });

    const slowLine = await lineOfAnswer(await slow, crowded);
    expect(slowLine).toMatchObject({ level: 'warn', status: 201, slow: true });
    expect(slowLine.duration_ms).toBeGreaterThan(300);
    expect(slowLine.database.count).toBeGreaterThanOrEqual(1);
    expect(slowLine.database.ms).toBeGreaterThan(250);
    expect(slowLine.database.statements[0]).toMatchObject({ count: 1, ms: expect.any(Number) });
    expect(slowLine.database.statements[0].statement).toBe('insert_task');
    expect(slowLine.database.statements[0].ms).toBeGreaterThan(250);
    expect(slowLine.event_loop).toBeLessThanOrEqual(1);

    const waitingLine = await lineOfAnswer(await waiting, crowded);
    expect(waitingLine).toMatchObject({ operation: 'listTasks', slow: true });
    expect(waitingLine.database.wait_ms).toBeGreaterThan(200);
  });

  test('says how long the body took to arrive', async () => {
    const { port, hostname } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    const token = await signToken({ sub: 'alice' });
    const body = '{"title":"a task"}';
    socket.write(
      [
        `POST ${tasksOf('alice')} HTTP/1.1`,
        'Host: x',
        'X-Request-Id: slow-body',
        `Authorization: Bearer ${token}`,
        'Content-Type: application/json',
        `Content-Length: ${body.length}`,
        '',
        body.slice(0, 5),
      ].join('\r\n'),
    );
    await sleep(250); // The time that the client takes.
    socket.write(body.slice(5));
    const line = await lineOf('slow-body');
    expect(line).toMatchObject({ slow: true, status: 201 });
    expect(line.body_ms).toBeGreaterThan(200);
    expect(line.database.ms).toBeLessThan(line.body_ms);
    socket.destroy();
  });

  test('is told from one whose client has left', async () => {
    await createTask(alice, 'alice');
    const token = await signToken({ sub: 'alice' });
    await whileLocked('alice', async (untilBlocked) => {
      const leaving = new AbortController();
      const request = fetch(server.url + tasksOf('alice'), {
        method: 'POST',
        signal: leaving.signal,
        headers: {
          'X-Request-Id': 'left',
          'Content-Type': 'application/json',
          Authorization: `Bearer ${token}`,
        },
        body: '{"title":"a task"}',
      });
      await untilBlocked();
      leaving.abort();
      await expect(request).rejects.toThrow();
      const line = await lineOf('left');
      expect(line).toMatchObject({ operation: 'createTask', aborted: true });
      expect(line).not.toHaveProperty('status');
    });
  });
});

/** Does something while a transaction keeps the user's row locked. */
async function whileLocked<T>(
  user: string,
  action: (untilBlocked: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(server.databaseUrl);
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT FROM users WHERE user_id = $1 FOR UPDATE', [user]);
    return await action(async () => {
      // By another connection: a transaction goes on seeing the activity that it has seen first.
      const blocked = sql.unsafe`SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      while (Number(await server.db.oneFirst(blocked)) === 0) await sleep(10);
    });
  } finally {
    await client.end();
  }
}

describe('the line of a failure', () => {
  // Through Neon's driver the refusal is met by the proxy, which tells nobody.
  test.each([
    ['is gone', 'off'],
    ['is gone, or asleep, and not woken in time', 'on'],
  ])('carries its cause, when the database %s', async (_what, sleeps) => {
    const port = await findFreePort();
    const alone = await startTestServer({
      DATABASE_URL: `postgres://todo:leak-marker@127.0.0.1:${port}/todo`,
      DATABASE_DRIVER: 'tcp',
      DATABASE_POOLER: 'off',
      DATABASE_SLEEPS: sleeps,
    });
    try {
      const client = await signedIn(alone.url, 'alice');
      const answer = await client('GET', tasksOf('alice'));
      expect(answer.status).toBe(503);
      const line = await lineOfAnswer(answer, alone);
      expect(line).toMatchObject({
        level: 'error',
        status: 503,
        problem: 'service_unavailable',
        err: { type: expect.any(String), stack: expect.stringContaining('    at ') },
      });
      expect(JSON.stringify(line.err)).toContain('ECONNREFUSED');
      expect(line.database.wait_ms).toBeGreaterThan(0);
    } finally {
      await alone.close();
    }
  });

  test('names the table and the SQLSTATE of what the database refused', async () => {
    const broken = await startTestServer();
    await broken.db.query(sql.unsafe`ALTER TABLE tasks RENAME TO tasks_away`);
    const answer = await (await signedIn(broken.url, 'alice'))('GET', tasksOf('alice'));
    expect(answer.status).toBe(500);
    const line = await lineOfAnswer(answer, broken);
    expect(JSON.stringify(line.err)).toContain('42P01');
    expect(line).toMatchObject({ level: 'error', problem: 'internal_error' });
    expect(line.database.count).toBe(1);
    await broken.close();
  });
});
