import { gzipSync, brotliCompressSync, deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { signedIn, type Answer, type Client } from '../support/client.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let alice: Client;
beforeAll(async () => {
  server = await startTestServer();
  alice = await signedIn(server.url, 'alice');
});
afterAll(async () => {
  await server.close();
});

/** Posts to the list of tasks exactly what is given. */
function post(body: string | Uint8Array, headers: Record<string, string> = {}): Promise<Answer> {
  return alice('POST', '/api/alice/tasks', { body, headers });
}

/** How many tasks and users there are, which a refused request must leave alone. */
function rows(): Promise<unknown> {
  return server.db.oneFirst(
    sql.unsafe`SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM tasks)`,
  );
}

describe('a body', () => {
  test.each([
    ['{', 1],
    ['{"title":"a",}', 13],
    ['{"title":"a"} x', 14],
    ["{'title':'a'}", 1],
    ['{"title":01}', 10],
    ['{"title":"a\nb"}', 11],
    ['nul', 3],
  ])('that is not JSON is 400 at the character where it stops being so: %j', async (text, at) => {
    const { status, body } = await post(text);
    expect([status, body.code]).toStrictEqual([400, 'malformed_body']);
    expect(body.errors).toHaveLength(1);
    expect(body.errors[0].pointer).toBe('#');
    expect(body.errors[0].detail).toMatch(/^is not valid JSON( at character \d+)?$/);
    if (body.errors[0].detail.includes('character')) {
      expect(body.errors[0].detail).toBe(`is not valid JSON at character ${at}`);
    }
  });

  test('that begins with a byte order mark is 400 (RFC 8259, section 8.1)', async () => {
    const { status, body } = await post('\ufeff{"title":"a"}');
    expect([status, body.code]).toStrictEqual([400, 'malformed_body']);
    const detail = 'must not begin with a byte order mark';
    expect(body.errors).toStrictEqual([{ pointer: '#', detail }]);
    // Anywhere else it is a character like others.
    expect((await post('{"title":"\ufeffa"}')).body.title).toBe('\ufeffa');
  });

  test.each([
    ['an invalid byte', Buffer.from('{"title":"\xff"}', 'latin1')],
    ['a cut character', Buffer.from([...Buffer.from('{"title":"'), 0xe2, 0x82, 0x22, 0x7d])],
    [
      'an encoded surrogate',
      Buffer.from([...Buffer.from('{"title":"'), 0xed, 0xa0, 0x80, 0x22, 0x7d]),
    ],
    ['an overlong form', Buffer.from([...Buffer.from('{"title":"'), 0xc0, 0xaf, 0x22, 0x7d])],
    ['UTF-16', Buffer.from('\ufeff{"title":"a"}', 'utf16le')],
  ])('with %s is 400', async (_what, bytes) => {
    const { status, body } = await post(bytes);
    expect([status, body.code]).toStrictEqual([400, 'malformed_body']);
    expect(body.errors).toStrictEqual([{ pointer: '#', detail: 'is not valid UTF-8' }]);
  });

  test.each([
    [String.raw`{"title":"\ud83c"}`, '#/title', 'has a surrogate without its other half'],
    [String.raw`{"title":"\udf89\ud83c"}`, '#/title', 'has a surrogate without its other half'],
    ['{"title":"a","title":"b"}', '#/title', 'occurs more than once'],
    [String.raw`{"title":"a","tit\u006ce":"b"}`, '#/title', 'occurs more than once'],
  ])('that is not I-JSON is 400 at its place: %s', async (text, pointer, detail) => {
    const { status, body } = await post(text);
    expect([status, body.code]).toStrictEqual([400, 'malformed_body']);
    expect(body.errors).toStrictEqual([{ pointer, detail }]);
  });

  test.each([
    ['__proto__', '{"title":"a","__proto__":{"completed":true}}'],
    ['constructor', '{"title":"a","constructor":{"prototype":{}}}'],
    ['toString', '{"title":"a","toString":1}'],
    ['hasOwnProperty', '{"title":"a","hasOwnProperty":1}'],
  ])('with a member called %s is 400 at its place', async (name, text) => {
    const { status, body } = await post(text);
    expect([status, body.code]).toStrictEqual([400, 'invalid_request']);
    expect(body.errors).toMatchObject([{ pointer: `#/${name}` }]);
    expect(({} as any).completed).toBeUndefined();
  });

  test.each(['null', '[]', '"a"', '1', 'true', '[{"title":"a"}]'])(
    'that is no object is 400: %s',
    async (text) => {
      const { status, body } = await post(text);
      expect([status, body.code]).toStrictEqual([400, 'invalid_request']);
      expect(body.errors).toMatchObject([{ pointer: '#' }]);
    },
  );

  test('that is missing is 400, with and without a media type', async () => {
    const empty = [
      await alice('POST', '/api/alice/tasks'),
      await alice('POST', '/api/alice/tasks', { headers: { 'Content-Type': 'application/json' } }),
      await alice('POST', '/api/alice/tasks', { headers: { 'Content-Type': 'text/plain' } }),
    ];
    for (const { status, body } of empty) {
      expect([status, body.code]).toStrictEqual([400, 'invalid_request']);
      expect(body.errors).toMatchObject([{ pointer: '#' }]);
    }
  });

  test('nested without end, or with a thousand members, is 400 and nothing worse', async () => {
    const deep = await post(`{"title":${'['.repeat(60_000)}${']'.repeat(60_000)}}`);
    expect([deep.status, deep.body.code]).toStrictEqual([400, 'invalid_request']);
    const members = Array.from({ length: 1000 }, (_, index) => `"m${index}":1`).join();
    const wide = await post(`{"title":"a",${members}}`);
    expect([wide.status, wide.body.errors.length]).toStrictEqual([400, 100]);
    const long = await post(`{"title":"a","${'🎉'.repeat(20_000)}":1}`);
    expect(long.status).toBe(400);
  });

  test('leaves nothing behind when it is refused', async () => {
    const before = await rows();
    for (const text of ['{', '[]', '{"title":""}', '{"title":"a","title":"b"}']) await post(text);
    expect(await rows()).toBe(before);
  });

  test('of an operation that documents none is not looked at', async () => {
    const path = '/api/alice/tasks/019bc0fd-89c0-7c3e-9f41-6f0c2d8e5a17';
    expect((await alice('DELETE', path, { body: '{' })).status).toBe(404);
  });
});

describe('the media type', () => {
  test.each([
    'application/json',
    'APPLICATION/JSON',
    'application/json;charset=utf-8',
    'application/json; charset="UTF-8"',
    'application/json; charset=utf8',
    'application/json; profile=x; charset=Utf-8',
  ])('may be written as %s', async (type) => {
    expect((await post('{"title":"a"}', { 'Content-Type': type })).status).toBe(201);
  });

  const wrong = 'must be application/json';
  const charset = 'must name the charset utf-8, or none';
  const twice = 'must name the charset only once';

  test.each([
    ['text/plain', wrong],
    ['text/json', wrong],
    ['application/x-www-form-urlencoded', wrong],
    ['multipart/form-data; boundary=x', wrong],
    ['application/merge-patch+json', wrong],
    ['application/vnd.api+json', wrong],
    ['application/*', wrong],
    ['*/*', wrong],
    ['json', wrong],
    ['application/json, text/plain', wrong],
    ['application/json; charset=latin1', charset],
    ['application/json; charset=utf-16', charset],
    ['application/json; charset=""', charset],
    ['application/json; charset=', charset],
    ['application/json; charset =latin1', charset],
    ['application/json; x=y;charset\t= latin1', charset],
    ['application/json; charset=utf-8; charset=utf-8', twice],
    ['application/json; charset=utf-8;CHARSET="latin1"', twice],
    ['application/json; charset=utf-8; x=";" ; charset=latin1', twice],
  ])('is 415 with Accept, and in words, for %s', async (type, detail) => {
    const { status, headers, body } = await post('{"title":"a"}', { 'Content-Type': type });
    expect([status, body.code]).toStrictEqual([415, 'unsupported_media_type']);
    expect(headers.get('Accept')).toBe('application/json');
    expect(body.errors).toStrictEqual([{ header: 'content-type', detail }]);
  });

  test('may have parameters that only look like a second charset', async () => {
    const type = 'application/json; charset=utf-8; x="; charset=latin1"';
    expect((await post('{"title":"a"}', { 'Content-Type': type })).status).toBe(201);
  });

  test('is 415 with Accept-Patch for a patch of another kind', async () => {
    const path = '/api/alice/tasks/019bc0fd-89c0-7c3e-9f41-6f0c2d8e5a17';
    const update = await alice('PATCH', path, { body: { title: 'a' } });
    expect(update.status).toBe(415);
    expect(update.headers.get('Accept-Patch')).toBe('application/merge-patch+json');
    const headers = { 'Content-Type': 'application/merge-patch+json' };
    const complete = await alice('PATCH', `${path}/complete`, { body: '{}', headers });
    expect(complete.status).toBe(415);
    expect(complete.headers.get('Accept-Patch')).toBe('application/json');
  });
});

describe('the content encoding', () => {
  const text = '{"title":"packed"}';

  test.each([
    ['gzip', gzipSync(text)],
    ['br', brotliCompressSync(text)],
    ['deflate', deflateSync(text)],
    ['identity', Buffer.from(text)],
  ])('may be %s', async (encoding, bytes) => {
    const { status, body } = await post(bytes, { 'Content-Encoding': encoding });
    expect([status, body.title]).toStrictEqual([201, 'packed']);
  });

  test.each(['compress', 'x', 'gzip, gzip'])('is 415 for %s', async (encoding) => {
    const { status, body } = await post(text, { 'Content-Encoding': encoding });
    expect([status, body.code]).toStrictEqual([415, 'unsupported_media_type']);
  });

  test.each(['gzip', 'br', 'deflate'])('is 400 when the bytes are not %s', async (encoding) => {
    const { status, body } = await post(text, { 'Content-Encoding': encoding });
    expect([status, body.code]).toStrictEqual([400, 'malformed_body']);
  });

  test.each([
    ['gzip', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['br', brotliCompressSync(text)],
  ])('is 400 when bytes come behind what %s has compressed', async (coding, packed) => {
    const body = Buffer.concat([packed, Buffer.from('{}')]);
    const answer = await post(body, { 'Content-Encoding': coding });
    expect([answer.status, answer.body.code]).toStrictEqual([400, 'malformed_body']);
  });

  test('is 400 when the compressed data is cut off', async () => {
    const { status } = await post(gzipSync(text).subarray(0, 20), { 'Content-Encoding': 'gzip' });
    expect(status).toBe(400);
  });

  test('is 413 for a bomb: the limit counts what comes out', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000, ' '));
    expect(bomb.length).toBeLessThan(100_000);
    const { status, body } = await post(bomb, { 'Content-Encoding': 'gzip' });
    expect([status, body.code]).toStrictEqual([413, 'content_too_large']);
  });
});

describe('the size', () => {
  const LIMIT = 131_072;
  const ofLength = (length: number) => '{"title":"a"}'.padEnd(length, ' ');

  test('may be the limit exactly, which is more than the longest task needs', async () => {
    expect((await post(ofLength(LIMIT))).status).toBe(201);
    const escaped = String.raw`\ud83c\udf89`;
    const longest = `{"title":"${escaped.repeat(255)}","description":"${escaped.repeat(10_000)}","completed":false}`;
    expect(longest.length).toBeLessThan(LIMIT);
    expect((await post(longest)).status).toBe(201);
  });

  test('is 413 one byte above the limit', async () => {
    const { status, body } = await post(ofLength(LIMIT + 1));
    expect([status, body.code]).toStrictEqual([413, 'content_too_large']);
  });
});
