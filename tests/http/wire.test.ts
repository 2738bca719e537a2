import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { contract, violations } from '../support/contract.ts';
import { openConnection, sendRaw, type RawAnswer } from '../support/raw.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signToken } from '../support/tokens.ts';

let server: TestServer;
let token: string;
beforeAll(async () => {
  server = await startTestServer({ RATE_LIMIT: '1000000/60' });
  token = await signToken({ sub: 'alice' });
});
afterAll(() => server.close());

/** A request as it goes over the wire; Host and the token come by themselves. */
function request(line: string, fields: readonly string[] = [], body = ''): string {
  const all = ['Host: x', `Authorization: Bearer ${token}`, ...fields];
  return `${line} HTTP/1.1\r\n${all.join('\r\n')}\r\n\r\n${body}`;
}

const CREATE = 'POST /api/alice/tasks';
const JSON_TYPE = 'Content-Type: application/json';

/** Status and code of an answer that must be a problem document. */
function problemOf({ status, headers, text }: RawAnswer): [number, string] {
  const body = JSON.parse(text);
  expect(headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(headers['x-request-id']).toBe(body.request_id);
  expect(violations(contract.components.schemas.Problem, body)).toStrictEqual([]);
  expect(body.status).toBe(status);
  return [status, body.code];
}

async function titles(): Promise<unknown> {
  return server.db.anyFirst(sql.unsafe`SELECT title FROM tasks ORDER BY title`);
}

describe('what is not HTTP', () => {
  test.each([
    'garbage\r\n\r\n',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'GET /livez HTTP/9.9\r\nHost: x\r\n\r\n',
    'GET / livez HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET /livez HTTP/1.1\r\nHost: x\r\nBad Header: x\r\n\r\n',
    'GET /livez HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n',
    'POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
    'POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
    'POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
  ])('is answered with a problem, and the connection closed: %j', async (text) => {
    const connection = await openConnection(server.url);
    const closed = once(connection.socket, 'close');
    connection.write(text);
    expect(problemOf(await connection.answer())).toStrictEqual([400, 'malformed_request']);
    connection.socket.end();
    await closed;
  });

  test('is a request without Host (RFC 9112, section 3.2), too', async () => {
    const answer = await sendRaw(server.url, 'GET /livez HTTP/1.1\r\n\r\n');
    expect(answer.status).toBe(400);
    expect(problemOf(answer)).toStrictEqual([400, 'malformed_request']);
    expect(answer.headers).not.toHaveProperty('ratelimit');
    const limited = await sendRaw(server.url, `${CREATE} HTTP/1.1\r\n\r\n`);
    expect(problemOf(limited)).toStrictEqual([400, 'malformed_request']);
    expect(limited.headers).toHaveProperty('ratelimit', expect.stringMatching(/^"address";r=/));
  });

  test('is 431 when the header fields, or the URL with them, are too large', async () => {
    const field = request('GET /livez', [`X-Large: ${'x'.repeat(20_000)}`]);
    const url = request(`GET /livez?${'x'.repeat(20_000)}`);
    for (const text of [field, url]) {
      expect(problemOf(await sendRaw(server.url, text))).toStrictEqual([
        431,
        'header_fields_too_large',
      ]);
    }
  });

  test('is 400 when a chunk has no length', async () => {
    const fields = [JSON_TYPE, 'Transfer-Encoding: chunked'];
    const answer = await sendRaw(server.url, request(CREATE, fields, 'zz\r\n{}\r\n0\r\n\r\n'));
    expect(answer.status).toBe(400);
    problemOf(answer);
  });
});

describe('before a byte of the body has come,', () => {
  const promise = [JSON_TYPE, 'Content-Length: 1000'];

  test.each([
    [
      '401 to a stranger',
      'POST /api/alice/tasks',
      ['Authorization: Bearer x.y.z', ...promise],
      401,
    ],
    ['403 on another user’s path', 'POST /api/bob/tasks', promise, 403],
    ['404 on an unknown path', 'POST /nothing', promise, 404],
    ['405 for a wrong method', 'PUT /api/alice/tasks', promise, 405],
    ['415 for a wrong media type', CREATE, ['Content-Type: text/xml', 'Content-Length: 9'], 415],
    ['413 for a length above the limit', CREATE, [JSON_TYPE, 'Content-Length: 131073'], 413],
  ])('the answer is %s', async (_what, line, fields, status) => {
    const head = request(line, fields);
    const text = status === 401 ? head.replace(`Authorization: Bearer ${token}\r\n`, '') : head;
    const answer = await sendRaw(server.url, text);
    expect(problemOf(answer)[0]).toBe(status);
  });

  test('a body that is sent in spite of 401 does no harm to the next request', async () => {
    const connection = await openConnection(server.url);
    try {
      connection.write('POST /api/alice/tasks HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\n\r\n');
      expect((await connection.answer()).status).toBe(401);
      connection.write('GET /api/alice/tasks HTTP/1.1\r');
      connection.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
      expect(await connection.answer()).toMatchObject({ status: 200, text: '{"status":"ok"}' });
    } finally {
      connection.socket.destroy();
    }
  });
});

describe('a body in chunks', () => {
  const fields = [JSON_TYPE, 'Transfer-Encoding: chunked'];

  test('is put together, wherever it is cut', async () => {
    const bytes = Buffer.from('{"title":"chunks 🎉"}');
    const connection = await openConnection(server.url);
    try {
      connection.write(request(CREATE, fields));
      for (const byte of bytes) connection.write(Buffer.from([0x31, 13, 10, byte, 13, 10]));
      connection.write('0\r\n\r\n');
      const { status, text } = await connection.answer();
      expect([status, JSON.parse(text).title]).toStrictEqual([201, 'chunks 🎉']);
    } finally {
      connection.socket.destroy();
    }
  });

  test('is 413 when it is too large', async () => {
    const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`;
    const body = `${chunk}${chunk}${chunk}0\r\n\r\n`;
    const answer = await sendRaw(server.url, request(CREATE, fields, body));
    expect(problemOf(answer)).toStrictEqual([413, 'content_too_large']);
  });

  test('is 413 as soon as it is too large, or it could go on for ever', async () => {
    const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`;
    const answer = await sendRaw(server.url, request(CREATE, fields, chunk + chunk + chunk));
    expect(problemOf(answer)).toStrictEqual([413, 'content_too_large']);
  });
});

describe('a body without a media type', () => {
  test('is 415, and the missing header is named', async () => {
    const answer = await sendRaw(server.url, request(CREATE, ['Content-Length: 2'], '{}'));
    expect(problemOf(answer)).toStrictEqual([415, 'unsupported_media_type']);
    expect(answer.headers.accept).toBe('application/json');
    expect(JSON.parse(answer.text).errors).toMatchObject([{ header: 'content-type' }]);
  });
});

describe('a client that goes away in the middle of its body', () => {
  test('leaves nothing behind, and the server serves on', async () => {
    const before = await titles();
    for (const how of ['end', 'destroy', 'resetAndDestroy'] as const) {
      const connection = await openConnection(server.url);
      const closed = once(connection.socket, 'close');
      const body = '{"title":"half a task"';
      connection.write(request(CREATE, [JSON_TYPE, 'Content-Length: 100'], body));
      // Another request is answered, so this one has arrived.
      expect((await sendRaw(server.url, request('GET /livez'))).status).toBe(200);
      connection.socket[how]();
      await closed;
    }
    expect((await sendRaw(server.url, request('GET /livez'))).status).toBe(200);
    expect(await titles()).toStrictEqual(before);
  });
});

describe('requests on one connection', () => {
  test('are answered in their order when they come all at once', async () => {
    const connection = await openConnection(server.url);
    try {
      const create = (title: string) => {
        const body = JSON.stringify({ title });
        return request(CREATE, [JSON_TYPE, `Content-Length: ${body.length}`], body);
      };
      const read = request('GET /api/alice/tasks?sort=title');
      const unknown = request('GET /nothing');
      connection.write(
        [create('one'), unknown, create('two'), read, request('GET /livez')].join(''),
      );
      const answers = [];
      for (let index = 0; index < 5; index += 1) answers.push(await connection.answer());
      expect(answers.map(({ status }) => status)).toStrictEqual([201, 404, 201, 200, 200]);
      expect(JSON.parse(answers[0]!.text).title).toBe('one');
      expect(JSON.parse(answers[2]!.text).title).toBe('two');
    } finally {
      connection.socket.destroy();
    }
  });

  test('end after a problem on either side only when HTTP itself broke', async () => {
    const connection = await openConnection(server.url);
    try {
      connection.write(request('GET /nothing'));
      expect((await connection.answer()).headers.connection).not.toBe('close');
      connection.write(request('GET /livez'));
      expect((await connection.answer()).status).toBe(200);
    } finally {
      connection.socket.destroy();
    }
  });

  test('may leave out a body that they have to have', async () => {
    const connection = await openConnection(server.url);
    try {
      connection.write(request(CREATE, [JSON_TYPE]) + request('GET /livez'));
      expect(problemOf(await connection.answer())).toStrictEqual([400, 'invalid_request']);
      expect((await connection.answer()).status).toBe(200);
    } finally {
      connection.socket.destroy();
    }
  });

  test('may name another protocol without asking for it', async () => {
    const connection = await openConnection(server.url);
    try {
      connection.write(request('GET /livez', ['Upgrade: h2c']) + request('GET /livez'));
      expect((await connection.answer()).status).toBe(200);
      expect((await connection.answer()).status).toBe(200);
    } finally {
      connection.socket.destroy();
    }
  });

  test('end behind what asks for another protocol, of which Node reads nothing', async () => {
    const connection = await openConnection(server.url);
    try {
      const upgrade = ['Connection: Upgrade', 'Upgrade: h2c'];
      connection.write(request('GET /livez', upgrade) + request('GET /nothing'));
      const { status, headers } = await connection.answer();
      expect([status, headers.connection]).toStrictEqual([200, 'close']);
      await expect(connection.answer()).rejects.toThrow('ended after ""');
    } finally {
      connection.socket.destroy();
    }
  });

  test('may ask to be told to go on before they send their body', async () => {
    const connection = await openConnection(server.url);
    try {
      const fields = [JSON_TYPE, 'Content-Length: 13', 'Expect: 100-continue'];
      connection.write(request(CREATE, fields));
      expect((await connection.answer()).status).toBe(100);
      connection.write('{"title":"c"}');
      expect((await connection.answer()).status).toBe(201);
    } finally {
      connection.socket.destroy();
    }
  });

  test('are told so when they ask twice', async () => {
    const connection = await openConnection(server.url);
    try {
      const expectation = 'Expect: 100-continue';
      const fields = [JSON_TYPE, 'Content-Length: 13', expectation, expectation];
      connection.write(request(CREATE, fields));
      expect((await connection.answer()).status).toBe(100);
      connection.write('{"title":"c"}');
      expect((await connection.answer()).status).toBe(201);
    } finally {
      connection.socket.destroy();
    }
  });

  test('are not told so in HTTP/1.0, which does not know it (RFC 9110, section 10.1.1)', async () => {
    const fields = [JSON_TYPE, 'Content-Length: 13', 'Expect: 100-continue'];
    const text = request(CREATE, fields, '{"title":"c"}').replace('HTTP/1.1', 'HTTP/1.0');
    expect((await sendRaw(server.url, text)).status).toBe(201);
  });

  test('are told so only when they may send it', async () => {
    const fields = [JSON_TYPE, 'Content-Length: 13', 'Expect: 100-continue'];
    const head = request(CREATE, fields).replace(`Authorization: Bearer ${token}\r\n`, '');
    expect((await sendRaw(server.url, head)).status).toBe(401);
  });

  test.each([
    ['as it is', []],
    ['compressed', ['Content-Encoding: gzip']],
  ])('are not told so when they announce too much, %s', async (_how, coding) => {
    const fields = [JSON_TYPE, 'Content-Length: 131073', 'Expect: 100-continue', ...coding];
    const answer = await sendRaw(server.url, request(CREATE, fields));
    expect(problemOf(answer)).toStrictEqual([413, 'content_too_large']);
    expect(answer.headers.connection).toBe('close');
  });

  test('cannot say twice what their body is', async () => {
    for (const second of ['Content-Type: text/plain', JSON_TYPE]) {
      const fields = [JSON_TYPE, second, 'Content-Length: 13'];
      const answer = await sendRaw(server.url, request(CREATE, fields, '{"title":"c"}'));
      expect(problemOf(answer)).toStrictEqual([415, 'unsupported_media_type']);
      const detail = 'must occur only once';
      expect(JSON.parse(answer.text).errors).toStrictEqual([{ header: 'content-type', detail }]);
    }
  });

  test('cannot send compressed data without end in chunks', async () => {
    const fields = [JSON_TYPE, 'Transfer-Encoding: chunked', 'Content-Encoding: deflate'];
    // Stored blocks of no bytes (RFC 1951, section 3.2.4), behind the header of zlib.
    const empty = '\x00\x00\x00\xff\xff'.repeat(30_000);
    const data = `\x78\x9c${empty}`;
    const chunk = `${data.length.toString(16)}\r\n${data}\r\n`;
    const answer = await sendRaw(server.url, request(CREATE, fields, chunk));
    expect(problemOf(answer)).toStrictEqual([413, 'content_too_large']);
  });

  test('cannot use another transfer coding than chunked', async () => {
    const fields = [JSON_TYPE, 'Transfer-Encoding: gzip, chunked'];
    const answer = await sendRaw(server.url, request(CREATE, fields, '0\r\n\r\n'));
    expect(problemOf(answer)).toStrictEqual([400, 'malformed_request']);
    expect(answer.headers).toHaveProperty('ratelimit', expect.stringMatching(/^"address";r=/));
  });

  test('cannot hide a parameter behind a thousand others', async () => {
    const line = `GET /api/alice/tasks?${'&'.repeat(1_000)}completed=nonsense&colour=red`;
    const answer = await sendRaw(server.url, request(line));
    expect(problemOf(answer)).toStrictEqual([400, 'invalid_request']);
    const places = JSON.parse(answer.text).errors.map((field: object) => Object.values(field)[0]);
    expect(places.sort()).toStrictEqual(['colour', 'completed']);
  });

  test('are answered before what comes behind them and is not HTTP', async () => {
    const whole = request(CREATE, [JSON_TYPE, 'Content-Length: 13'], '{"title":"c"}');
    const answer = await sendRaw(server.url, `${whole}\u0001GARBAGE\r\n\r\n`);
    expect(answer.status).toBe(201);
  });

  test('are all answered before it, and then the connection ends', async () => {
    const connection = await openConnection(server.url);
    try {
      const read = request('GET /api/alice/tasks');
      connection.write(`${request('GET /nothing')}${read}${read}\u0001GARBAGE\r\n\r\n`);
      for (const expected of [404, 200, 200]) {
        expect((await connection.answer()).status).toBe(expected);
      }
      await expect(connection.answer()).rejects.toThrow('ended after ""');
    } finally {
      connection.socket.destroy();
    }
  });
});
