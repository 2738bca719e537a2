import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { signedIn } from '../support/client.ts';
import { contract, violations } from '../support/contract.ts';
import { openConnection, sendRaw, type RawAnswer } from '../support/raw.ts';
import { tasksOf } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signToken } from '../support/tokens.ts';

const ORIGIN = 'https://app.example.com';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ RATE_LIMIT: '100/600', CORS_ORIGINS: ORIGIN });
});
afterAll(() => server.close());

/** What never changes from one answer to the next. */
const FIXED = /^(cache-control|content-security-policy|cross-origin-|referrer-|strict-|x-)/;

function fixedHeaders({ headers }: RawAnswer): object {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => FIXED.test(name) && name !== 'x-request-id'),
  );
}

/** The lines of the log that tell of an answer with this id. */
function linesOf(id: string): any[] {
  return server.logged().filter((line) => line.request_id === id);
}

const bare: readonly (readonly [what: string, sent: string, status: number, line: object])[] = [
  [
    'what is not HTTP',
    'secret-garbage\r\n\r\n',
    400,
    { problem: 'malformed_request', reason: 'HPE_INVALID_METHOD' },
  ],
  [
    'too many header fields',
    `GET /livez HTTP/1.1\r\nHost: x\r\nX-Secret: secret-${'x'.repeat(20_000)}\r\n\r\n`,
    431,
    { problem: 'header_fields_too_large', reason: 'HPE_HEADER_OVERFLOW' },
  ],
  [
    'CONNECT',
    'CONNECT secret.example:443 HTTP/1.1\r\nHost: secret.example:443\r\n\r\n',
    405,
    { problem: 'method_not_allowed', method: 'CONNECT' },
  ],
];

describe.each(bare)('the answer to %s', (_what, sent, status, line) => {
  test('is a problem with an id, the headers of every answer, and nothing that a cache may keep', async () => {
    const answer = await sendRaw(server.url, sent);
    const body = JSON.parse(answer.text);
    expect([answer.status, body.status]).toEqual([status, status]);
    expect(violations(contract.components.schemas.Problem, body)).toEqual([]);
    expect(answer.headers['x-request-id']).toBe(body.request_id);
    expect(answer.headers.connection).toBe('close');
    expect(answer.headers.date).toBe(new Date(answer.headers.date!).toUTCString());

    const usual = await sendRaw(server.url, 'GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(fixedHeaders(answer)).toEqual(fixedHeaders(usual));
    expect(fixedHeaders(answer)).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
  });

  test('is told by one line of the log, with nothing in it of what was sent', async () => {
    const answer = await sendRaw(server.url, sent);
    const lines = linesOf(answer.headers['x-request-id']!);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toEqual({
      level: 'info',
      time: expect.any(String),
      request_id: answer.headers['x-request-id'],
      status,
      ...line,
      msg: 'request',
    });
    expect(JSON.stringify(lines)).not.toContain('secret');
  });
});

test('a well-formed id that came with CONNECT is kept, and no other', async () => {
  const connect = (id: string) =>
    sendRaw(server.url, `CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\nX-Request-Id: ${id}\r\n\r\n`);
  expect((await connect('my-id')).headers['x-request-id']).toBe('my-id');
  expect((await connect('not an id')).headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
});

test('a request whose body stops being HTTP is answered under the id that it has', async () => {
  const token = await signToken({ sub: 'alice' });
  const connection = await openConnection(server.url);
  try {
    connection.write(
      `POST /api/alice/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n` +
        `X-Request-Id: broken-body\r\nOrigin: ${ORIGIN}\r\nContent-Type: application/json\r\n` +
        'Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n',
    );
    // Now the application waits for the body.
    expect((await connection.answer()).status).toBe(100);
    connection.write('zz\r\n');
    const answer = await connection.answer();
    expect([answer.status, JSON.parse(answer.text).request_id]).toEqual([400, 'broken-body']);
    // It was counted, and a page may know.
    expect(answer.headers).toMatchObject({
      ratelimit: expect.stringMatching(/^"user";r=99;t=\d+$/),
      'ratelimit-policy': '"user";q=100;w=600',
      'access-control-allow-origin': ORIGIN,
      'access-control-expose-headers': expect.stringContaining('RateLimit'),
      vary: 'Origin',
    });
    await once(connection.socket, 'close');
    let told: any[];
    do {
      // Written once the server has noticed the end of the connection, too.
      await sendRaw(server.url, 'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
      told = linesOf('broken-body').filter(({ msg }) => msg === 'request');
    } while (told.length === 0);
    expect(told).toMatchObject([
      {
        operation: 'createTask',
        status: 400,
        problem: 'malformed_request',
        reason: 'HPE_INVALID_CHUNK_SIZE',
      },
    ]);
  } finally {
    connection.socket.destroy();
  }
});

test('a request that does not arrive in time is answered so, and told by a line', async () => {
  // Takes the ten seconds that header fields may take.
  const answer = await sendRaw(server.url, 'GET /livez HTTP/1.1\r\nHost: x\r\n');
  const id = answer.headers['x-request-id']!;
  expect([answer.status, JSON.parse(answer.text).request_id]).toEqual([408, id]);
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(linesOf(id)).toMatchObject([
    { status: 408, problem: 'request_timeout', reason: 'ERR_HTTP_REQUEST_TIMEOUT' },
  ]);
});

test.each([
  ['a head', '10 seconds'],
  ['a body', '30 seconds'],
])('%s that comes after its time, %s, is not acted on', async (what) => {
  const user = `late with ${what}`;
  const fields = [
    `POST ${tasksOf(user)} HTTP/1.1`,
    'Host: x',
    `Authorization: Bearer ${await signToken({ sub: user })}`,
    'Content-Type: application/json',
    'Content-Length: 16',
  ];
  const whole = `${fields.join('\r\n')}\r\n\r\n{"title":"late"}`;
  const cut = what === 'a head' ? whole.indexOf('\r\nContent-Length') : whole.length - 1;
  const connection = await openConnection(server.url, { allowHalfOpen: true });
  try {
    connection.write(whole.slice(0, cut));
    const { status, headers } = await connection.answer();
    expect(status).toBe(408);
    connection.write(whole.slice(cut));
    const closed = once(connection.socket, 'close');
    connection.socket.end();
    await closed;
    // Had it been begun, it would be done by then.
    const client = await signedIn(server.url, user);
    for (let count = 0; count < 5; count += 1) {
      expect((await client('GET', tasksOf(user))).body.items).toEqual([]);
    }
    const told = linesOf(headers['x-request-id']!).filter(({ msg }) => msg === 'request');
    expect(told).toMatchObject([{ status: 408, problem: 'request_timeout' }]);
  } finally {
    connection.socket.destroy();
  }
});

test('a request to change the protocol is answered as if it had not asked', async () => {
  const fields = 'Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Request-Id: upgrade';
  const answer = await sendRaw(server.url, `GET /livez HTTP/1.1\r\n${fields}\r\n\r\n`);
  expect([answer.status, answer.headers['x-request-id']]).toEqual([200, 'upgrade']);
  expect(answer.headers['cache-control']).toBe('no-store');
});
