import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { behindMock } from '../../scripts/mock/behind-mock.ts';
import { createFront } from '../../scripts/mock/front.ts';
import { startPrism } from '../../scripts/mock/prism.ts';
import { contractFile } from '../../src/contract/document.ts';
import { compileContract } from '../../src/contract/validator.ts';
import { listen } from '../support/listen.ts';
import { openConnection, sendRaw } from '../support/raw.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signToken } from '../support/tokens.ts';
import { startMock, startMockProxy, type RunningMock } from './mock.ts';

let server: TestServer;
let mock: RunningMock;
let proxy: RunningMock;
let token: string;
beforeAll(async () => {
  token = await signToken({ sub: 'alice' });
  server = await startTestServer({ RATE_LIMIT: 'off' });
  [mock, proxy] = await Promise.all([startMock(), startMockProxy(server.url)]);
}, 90_000);
afterAll(async () => {
  await proxy.stop();
  await mock.stop();
  await server.close();
});

/** A request as it is written to the connection. */
function raw(line: string, fields: readonly string[] = [], body: string | Buffer = ''): Buffer {
  const bytes = Buffer.from(body);
  const head = [
    `${line} HTTP/1.1`,
    'Host: localhost',
    `Authorization: Bearer ${token}`,
    ...(bytes.length > 0 ? [`Content-Length: ${bytes.length}`] : []),
    ...fields,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), bytes]);
}

const JSON_TYPE = 'Content-Type: application/json';
const GZIP = 'Content-Encoding: gzip';
const post = (body: string | Buffer, ...fields: string[]) =>
  raw('POST /api/alice/tasks', fields, body);

/** How each is made, the status that server, mock and proxy answer, and that of the proxy where it is another. */
const requests: Readonly<Record<string, [() => Buffer, number, number?]>> = {
  'a path that cannot be decoded': [() => raw('GET /api/%zz/tasks'), 400],
  'a path with a cut-off character': [() => raw('GET /api/%e2%82/tasks'), 400],
  'a path of slashes': [() => raw('GET //'), 404],
  'a path that is an address': [() => raw('GET //[::/api/alice/tasks'), 404],
  'an absolute address': [() => raw('GET http://other.test/livez'), 200],
  'a path with bytes that are no ASCII': [() => raw('GET /api/\xff\xfe/tasks'), 400],
  'an Accept that is no media type': [() => raw('GET /api/alice/export', ['Accept: garbage']), 406],
  'an Accept of bytes': [() => raw('GET /api/alice/export', ['Accept: \xff/;;=,']), 406],
  'an Accept where there is no choice': [() => raw('GET /api/alice', ['Accept: garbage']), 200],
  'a media type that is none': [() => post('{}', 'Content-Type: garbage'), 415],
  'two media types': [() => post('{}', JSON_TYPE, 'Content-Type: text/plain'), 415],
  'no media type': [() => post('{}'), 415],
  'a charset that there is not': [() => post('{}', `${JSON_TYPE}; charset=x`), 415],
  'a body that is no JSON': [() => post('{"title":', JSON_TYPE), 400],
  'a body that is no UTF-8': [() => post(Buffer.from([0x22, 0xff, 0x22]), JSON_TYPE), 400],
  'a body with a key twice': [() => post('{"title":"a","title":"b"}', JSON_TYPE), 400],
  'a body that nests deeply': [
    () => post('['.repeat(60_000) + ']'.repeat(60_000), JSON_TYPE),
    400,
    422,
  ],
  'the prototype of objects': [
    () => post('{"title":"a","__proto__":{"x":1}}', JSON_TYPE),
    400,
    422,
  ],
  'a property in Japanese': [() => post('{"title":"a","\u65e5\u672c":1}', JSON_TYPE), 400, 422],
  'a body that is too large': [() => post(`{"title":"${'a'.repeat(131_072)}"}`, JSON_TYPE), 413],
  'a bomb': [() => post(gzipSync(Buffer.alloc(1_000_000, ' ')), JSON_TYPE, GZIP), 413],
  'a body that is not compressed': [() => post('{"title":"a"}', JSON_TYPE, GZIP), 400],
  'a body of one null': [() => post('null', JSON_TYPE), 400, 422],
  'a coding that nobody undoes': [
    () => raw('POST /api/alice/tasks', [JSON_TYPE, 'Transfer-Encoding: gzip, chunked']),
    400,
  ],
  'a body that a read has no use for': [() => raw('GET /api/alice', [JSON_TYPE], '{'), 200],
  'a method that there is not': [() => raw('PROPFIND /livez'), 405],
  'a proxy': [() => raw('CONNECT other.test:443'), 405],
  'an upgrade': [() => raw('GET /livez', ['Connection: Upgrade', 'Upgrade: websocket']), 200],
  'an expectation': [() => raw('GET /livez', ['Expect: the worst']), 200],
  'no HTTP at all': [() => Buffer.from('\0\0\0\r\n\r\n'), 400],
  'a header that is too long': [() => raw('GET /livez', [`X-Long: ${'a'.repeat(20_000)}`]), 431],
  'two hosts': [() => raw('GET /livez', ['Host: other.test']), 400],
  'two tokens': [() => raw('GET /api/alice', ['Authorization: Bearer other']), 401],
  'an origin of bytes': [() => raw('GET /livez', ['Origin: \xff\xfe']), 200],
};

const places: readonly [string, () => string][] = [
  ['mock', () => mock.url],
  ['proxy', () => proxy.url],
];

describe.each(places)('the %s', (name, url) => {
  test.each(Object.entries(requests))(
    'answers %s as the server does, and lives',
    async (_, one) => {
      const [make, status, refused = status] = one;
      expect((await sendRaw(server.url, make())).status).toBe(status);
      const answer = await sendRaw(url(), make());
      // The proxy refuses what is invalid in the words of Prism.
      expect(answer.status).toBe(name === 'proxy' ? refused : status);
      if (answer.status >= 400) {
        expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
      }
      expect((await fetch(`${url()}/livez`)).status).toBe(200);
    },
  );

  test('asks for a body that waits to be asked for', async () => {
    const connection = await openConnection(url());
    const fields = [JSON_TYPE, 'Expect: 100-continue', 'Content-Length: 13'];
    connection.write(raw('POST /api/alice/tasks', fields));
    expect((await connection.answer({ withoutBody: true })).status).toBe(100);
    connection.write('{"title":"a"}');
    expect((await connection.answer()).status).toBe(201);
    connection.socket.destroy();
  });

  test('survives a client that leaves in the middle of its request', async () => {
    const connection = await openConnection(url());
    connection.write(raw('POST /api/alice/tasks', [JSON_TYPE, 'Content-Length: 100']));
    connection.socket.resetAndDestroy();
    expect((await fetch(`${url()}/livez`)).status).toBe(200);
  });
});

test.each(['code=abc', 'code=', '=;,"', 'code=999', 'seed="', 'dynamic=perhaps', '\xff=\xff'])(
  'the mock survives the preference %j',
  async (preference) => {
    const answer = await sendRaw(mock.url, raw('GET /api/alice', [`Prefer: ${preference}`]));
    expect([200, 400]).toContain(answer.status);
    expect(answer.text).not.toContain('stoplight');
  },
);

test.each(['__server=http://[', '__code=499', '__dynamic=x', '__proto__[x]=1', 'a=%zz&a=%00'])(
  'the mock refuses the query %s, and survives it where it does not',
  async (query) => {
    const ask = (...fields: string[]) =>
      sendRaw(mock.url, raw(`GET /api/alice/tasks?${query}`, fields));
    expect((await ask()).status).toBe(400);
    // Of who asks for an error, Prism gets the query.
    expect((await ask('Prefer: code=403')).status).toBe(403);
  },
);

test('what makes Prism fail ends one connection, and not Prism', async () => {
  const document = await readFile(contractFile, 'utf8');
  const prism = await startPrism({ command: 'mock', document, args: [], onLine: () => undefined });
  try {
    await expect(fetch(`${prism.url}/api/%zz/tasks`)).rejects.toThrow();
    expect((await fetch(`${prism.url}/livez`)).status).toBe(200);
  } finally {
    await prism.stop();
  }
}, 90_000);

test('a lost connection to Prism is no failure of the database', async () => {
  const lost = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  const behind = { answer: () => Promise.reject(lost), refusalHeaders: () => ({}) };
  const front = await listen(createFront(behind));
  const written = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    const answer = await fetch(`${front.origin}/livez`);
    expect(answer.status).toBe(500);
    expect(await answer.json()).toMatchObject({ code: 'internal_error' });
    expect(written).toHaveBeenCalledWith(expect.stringContaining('connect ECONNREFUSED'));
  } finally {
    written.mockRestore();
    await front.close();
  }
});

test('what Prism has failed at is an internal error', async () => {
  const prism = await listen(createServer((req) => req.socket.destroy()));
  const front = await listen(
    createFront(behindMock(prism.origin, await compileContract(contractFile))),
  );
  const written = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    const answer = await fetch(`${front.origin}/livez`);
    expect(answer.status).toBe(500);
    expect(await answer.json()).toMatchObject({ code: 'internal_error' });
    expect(written).toHaveBeenCalledWith(expect.stringContaining('socket hang up'));
  } finally {
    written.mockRestore();
    await front.close();
    await prism.close();
  }
});
