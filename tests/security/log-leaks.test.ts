import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { findFreePort } from '../../scripts/local/port.ts';
import { operations } from '../support/contract.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startGate, type Gate } from '../support/gate.ts';
import { findLeaks, LEAK_MARKER } from '../support/log-leaks.ts';
import { startServerProcess, type Exit } from '../support/process.ts';
import { wayOf } from '../support/way.ts';
import { MERGE_PATCH } from '../support/scenarios.ts';
import { forgeToken, signToken } from '../support/tokens.ts';

jest.setTimeout(120_000);

const SECRET = `${LEAK_MARKER}-signing-secret-of-32-bytes`;
const USER = `${LEAK_MARKER}-user`;
const ROLE = `${LEAK_MARKER}-role-${process.pid}`;
const TITLE = `${LEAK_MARKER} title`;
const REFUSED = `${LEAK_MARKER} that the database refuses`;
const ID = '0199f7a4-0000-7000-8000-000000000000';

describe('the log of a server process, at its most talkative', () => {
  let database: TestDatabase;
  let gate: Gate;
  let exit: Exit;
  let lines: any[];
  /** The bodies of all answers. */
  let answered = '';

  beforeAll(async () => {
    database = await createTestDatabase();
    const admin = new pg.Client(database.url);
    await admin.connect();
    await admin.query(`CREATE ROLE "${ROLE}" SUPERUSER LOGIN PASSWORD '${LEAK_MARKER}-password'`);
    gate = await startGate(database.url);
    gate.open();
    const url = new URL(gate.url);
    url.username = ROLE;
    url.password = `${LEAK_MARKER}-password`;
    const server = startServerProcess({
      ...wayOf(url.href),
      JWT_SECRET: SECRET,
      LOG_KEY: `${LEAK_MARKER}-key-of-the-hashes-of-users`,
      LOG_LEVEL: 'trace',
      PORT: '0',
      CORS_ORIGINS: `https://${LEAK_MARKER}.example`,
      // It is not there, which is said in the log.
      REDIS_URL: `redis://${LEAK_MARKER}:${LEAK_MARKER}@127.0.0.1:${await findFreePort()}`,
      RATE_LIMIT: '10000/60',
      VALIDATE_RESPONSES: 'on',
    });
    try {
      const { address } = await server.logged('listening');
      await makeTraffic(`http://127.0.0.1:${address.port}`, admin);
    } finally {
      server.kill('SIGTERM');
      exit = await server.exit;
      await admin.end();
      await gate.close();
    }
    lines = exit.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  });

  afterAll(async () => {
    const adminUrl = new URL(database.url);
    adminUrl.pathname = '/postgres';
    await database.drop();
    const admin = new pg.Client(adminUrl.href);
    await admin.connect();
    await admin.query(`DROP ROLE IF EXISTS "${ROLE}"`);
    await admin.end();
  });

  async function makeTraffic(url: string, admin: pg.Client): Promise<void> {
    const token = await signToken(
      { sub: USER, email: `${LEAK_MARKER}@example.com`, name: LEAK_MARKER },
      { secret: SECRET },
    );
    const send = async (
      method: string,
      path: string,
      body?: unknown,
      headers: Record<string, string> = {},
    ): Promise<string> => {
      const isJson =
        body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array);
      const answer = await fetch(url + path, {
        method,
        headers: {
          Authorization: `Bearer ${token}`,
          Cookie: `session=${LEAK_MARKER}`,
          Origin: `https://${LEAK_MARKER}.example`,
          'User-Agent': LEAK_MARKER,
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: isJson ? JSON.stringify(body) : (body as string) }),
      });
      const text = await answer.text();
      answered += text;
      return text;
    };
    const tasks = `/api/${USER}/tasks`;
    const task = { title: TITLE, description: TITLE };

    /** Every operation, on a task; each answers as well as it can. */
    const everyOperation = async (id: string): Promise<void> => {
      const key = { 'Idempotency-Key': `${LEAK_MARKER}-${id}` };
      await send('POST', tasks, task, key);
      await send('POST', tasks, task, key);
      await send('POST', tasks, { title: `${TITLE} 2` }, key);
      await send('GET', `${tasks}?limit=1&sort=title`);
      await send('GET', `${tasks}/${id}`);
      await send('PUT', `${tasks}/${id}`, { ...task, completed: false });
      await send('PATCH', `${tasks}/${id}`, task, MERGE_PATCH);
      await send('PATCH', `${tasks}/${id}/complete`, { completed: true });
      await send('DELETE', `${tasks}/${id}`, undefined, { 'If-Match': '"123456"' });
      await send('DELETE', `${tasks}/${id}`);
      await send('GET', `/api/${USER}`);
      for (const Accept of ['application/json', 'application/x-ndjson']) {
        // One that fails after it has begun can only break the connection.
        await send('GET', `/api/${USER}/export`, undefined, { Accept }).catch(() => undefined);
      }
      await send('DELETE', `/api/${USER}`, undefined, { 'If-Match': '"123456"' });
      for (const path of ['/health', '/livez', '/readyz']) await send('GET', path);
    };

    const { id } = JSON.parse(await send('POST', tasks, task));
    await everyOperation(id);

    // Credentials that are refused.
    const expired = await signToken({ sub: USER, exp: 1 }, { secret: SECRET });
    const foreign = await signToken({ sub: USER }, { secret: 'x'.repeat(32) });
    const unsigned = forgeToken('{"alg":"none"}', JSON.stringify({ sub: USER }), SECRET);
    const strange = await signToken({ sub: USER, nbf: LEAK_MARKER }, { secret: SECRET });
    for (const value of [expired, foreign, unsigned, strange, LEAK_MARKER, `${token}x`, '']) {
      await send('GET', tasks, undefined, { Authorization: `Bearer ${value}` });
    }
    await send('GET', tasks, undefined, { Authorization: `Basic ${btoa(LEAK_MARKER)}` });
    await send('GET', `/api/${LEAK_MARKER}-other/tasks`);

    // Input that is refused.
    const bodies: unknown[] = [
      `{"title":"${LEAK_MARKER}`,
      `{"title":"${LEAK_MARKER}","title":"${LEAK_MARKER}"}`,
      `{"__proto__":{"${LEAK_MARKER}":1}}`,
      { [LEAK_MARKER]: LEAK_MARKER },
      { title: `${LEAK_MARKER}\0` },
      { title: LEAK_MARKER.repeat(100) },
      { title: LEAK_MARKER.repeat(50_000) },
      { title: [LEAK_MARKER] },
      Buffer.from([0x22, 0xff, ...Buffer.from(LEAK_MARKER), 0x22]),
    ];
    for (const body of bodies) await send('POST', tasks, body);
    for (const [name, value] of [
      ['Content-Type', `text/${LEAK_MARKER}`],
      ['Content-Type', `application/json; charset=${LEAK_MARKER}`],
      ['Content-Encoding', LEAK_MARKER],
      ['Content-Encoding', 'gzip'],
      ['Idempotency-Key', `${LEAK_MARKER} "`],
      ['traceparent', LEAK_MARKER],
      ['X-Request-Id', `${LEAK_MARKER} !`],
      ['If-Match', LEAK_MARKER],
    ] as const) {
      await send('POST', tasks, JSON.stringify(task), { [name]: value });
    }
    const bomb = gzipSync(Buffer.alloc(1_000_000, LEAK_MARKER));
    await send('POST', tasks, bomb, { 'Content-Encoding': 'gzip' });
    for (const query of [`cursor=${LEAK_MARKER}`, `${LEAK_MARKER}=1`, `limit=${LEAK_MARKER}`]) {
      await send('GET', `${tasks}?${query}`);
    }
    await send('GET', `${tasks}/${LEAK_MARKER}`);
    await send('GET', `/${LEAK_MARKER}`);
    await send('GET', `/api/%ff${LEAK_MARKER}/tasks`);
    await send('PUT', `/livez?${LEAK_MARKER}`, task);
    await raw(url, `${LEAK_MARKER} / HTTP/1.1\r\n\r\n`);
    await raw(url, `GET /${LEAK_MARKER} HTTP/1.1\r\nHost: x\r\n${LEAK_MARKER}\r\n\r\n`);
    await raw(
      url,
      [
        `POST ${tasks} HTTP/1.1`,
        'Host: x',
        `Authorization: Bearer ${token}`,
        'Content-Type: application/json',
        'Content-Length: 100',
        '',
        `{"title":"${LEAK_MARKER}`,
      ].join('\r\n'),
    );

    // What the database refuses, with words that quote the row.
    await admin.query(`ALTER TABLE tasks ADD CONSTRAINT refused CHECK (title <> '${REFUSED}')`);
    await send('POST', tasks, { title: REFUSED });
    await admin.query(`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION '%', NEW.title USING DETAIL = NEW.title, HINT = NEW.title; END $$`);
    await admin.query(
      `CREATE TRIGGER fail BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION fail()`,
    );
    const { id: kept } = JSON.parse(await send('POST', tasks, task));
    await send('PATCH', `${tasks}/${kept}`, { title: TITLE }, MERGE_PATCH);
    // Rows that are not what the contract says.
    await admin.query('ALTER TABLE tasks DISABLE TRIGGER ALL');
    await admin.query('ALTER TABLE tasks DROP CONSTRAINT tasks_title_not_blank');
    await admin.query(`UPDATE tasks SET title = ' '`);
    await everyOperation(kept);
    await admin.query('ALTER TABLE tasks RENAME TO tasks_away');
    await everyOperation(ID);

    gate.shut();
    await everyOperation(ID);
  }

  test('was made by every operation, with success and with failure, and every kind of refusal', () => {
    const seen = (isWanted: (status: number) => boolean) =>
      new Set(lines.filter(({ status }) => isWanted(status)).map(({ operation }) => operation));
    const withSuccess = seen((status) => status < 300);
    const withFailure = seen((status) => status >= 500);
    for (const { id } of operations) {
      if (id !== 'deleteUser') expect(withSuccess).toContain(id);
      // It makes no use of what can fail.
      if (id !== 'getLiveness') expect(withFailure).toContain(id);
    }
    const statuses = new Set(lines.map(({ status }) => status));
    for (const status of [400, 401, 403, 404, 405, 412, 413, 415, 422, 500, 503]) {
      expect(statuses).toContain(status);
    }
    expect(answered).toContain(TITLE);
    expect(lines.filter(({ aborted }) => aborted)).not.toHaveLength(0);
  });

  test('has no secret and nothing that anybody wrote', () => {
    expect(findLeaks(exit.stdout)).toEqual([]);
    expect(exit.stderr).not.toContain(LEAK_MARKER);
    expect(exit.stdout).not.toContain(new URL(gate.url).pathname.slice(1));
  });

  test('says with each failure what caused it', () => {
    const failures = lines.filter(({ status }) => status >= 500);
    expect(failures.filter(({ err }) => err?.type === undefined)).toEqual([]);
    const causes = JSON.stringify(failures.map(({ err }) => err));
    for (const cause of ['23514', '42P01', 'P0001', 'SchemaValidationError']) {
      expect(causes).toContain(cause);
    }
  });
});

/** Writes bytes, and goes away. */
async function raw(url: string, text: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await new Promise<void>((resolve) => {
    socket.on('error', () => undefined);
    socket.write(text, () => setTimeout(() => socket.destroy(), 50));
    socket.on('close', () => resolve());
  });
}

describe('a server that does not start', () => {
  test.each([
    [{ DATABASE_URL: `postgres://todo:${LEAK_MARKER}@[/todo`, JWT_SECRET: SECRET }],
    [{ DATABASE_URL: `postgres://todo:${LEAK_MARKER}@127.0.0.1:1/todo`, JWT_SECRET: LEAK_MARKER }],
    [{ DATABASE_URL: LEAK_MARKER, JWT_SECRET: SECRET, REDIS_URL: LEAK_MARKER }],
    [{ JWKS_URL: `https://a:${LEAK_MARKER}@example.com`, LOG_KEY: LEAK_MARKER }],
  ])('repeats nothing of its configuration: %#', async (env: Record<string, string>) => {
    const { code, stdout, stderr } = await startServerProcess(env).exit;
    expect(code).toBe(1);
    expect(stderr).not.toBe('');
    expect(stdout + stderr).not.toContain(LEAK_MARKER);
  });
});

describe('the search', () => {
  test.each([
    ['a token', 'x eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln'],
    ['a secret', 'test-only-secret-of-more-than-32-bytes'],
    ['the address of a database', 'postgres://127.0.0.1/todo'],
    ['a user and password of a URL', 'https://a:b@example.com'],
    ['a marked text', `a ${LEAK_MARKER} b`],
    ['not one JSON object', '"', ''],
  ])('finds %s', (reason, text, line = JSON.stringify({ msg: text })) => {
    expect(findLeaks(`{"msg":"fine"}\n${line || text}\n`)).toMatchObject([{ reason }]);
  });

  test.each([
    ['title', 'Buy milk'],
    ['user', 'alice'],
    ['operation', 'Buy milk'],
    ['url', '/api/alice/tasks'],
  ])('finds a %s in the line of a request', (name, value) => {
    const line = JSON.stringify({ msg: 'request', [name]: value });
    expect(findLeaks(line)).toMatchObject([{ reason: `an unknown ${name}` }]);
  });
});
