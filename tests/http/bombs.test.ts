import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { signedIn, type Answer, type Client } from '../support/client.ts';
import { expectProblem, leavingNoTrace } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/** The largest body that is read, in bytes. */
const LIMIT = 131_072;

/** What refusing any body may cost, in milliseconds of CPU time: that does not depend on what else the machine does. */
const BUDGET = 100;

let server: TestServer;
let alice: Client;
beforeAll(async () => {
  server = await startTestServer();
  alice = await signedIn(server.url, 'alice');
});
afterAll(() => server.close());

function post(body: string | Uint8Array, headers: Record<string, string> = {}): Promise<Answer> {
  return alice('POST', '/api/alice/tasks', { body, headers });
}

/**
 * The CPU time of this process, in which client and server both run, for one request: the least of several, since the first
 * ones and the collection of garbage cost more.
 */
async function cost(request: () => Promise<Answer>): Promise<number> {
  const costs: number[] = [];
  for (let count = 0; count < 7; count += 1) {
    const before = process.cpuUsage();
    await request();
    const { user, system } = process.cpuUsage(before);
    costs.push((user + system) / 1000);
  }
  return Math.min(...costs);
}

/** Repeats a part as often as the limit allows. */
function fill(head: string, part: (index: number) => string, tail: string): string {
  const parts: string[] = [];
  let length = head.length + tail.length;
  for (let index = 0; ; index += 1) {
    const next = part(index);
    length += next.length;
    if (length > LIMIT) return head + parts.join('') + tail;
    parts.push(next);
  }
}

const depth = 65_000;
const bombs: readonly (readonly [what: string, body: string, code: string, place: string])[] = [
  [
    'arrays in arrays',
    `{"title":${'['.repeat(depth)}${']'.repeat(depth)}}`,
    'invalid_request',
    '#/title',
  ],
  ['arrays without an end', '['.repeat(LIMIT), 'malformed_body', '#'],
  ['objects in objects', fill('{"title":', () => '{"a":', ''), 'malformed_body', '#'],
  [
    'objects in objects that end',
    `{"title":${'{"a":'.repeat(21_000)}1${'}'.repeat(21_000)}}`,
    'invalid_request',
    '#/title',
  ],
  ['an array of numbers', fill('{"title":[0', () => ',0', ']}'), 'invalid_request', '#/title'],
  ['an array of arrays', fill('[[]', () => ',[]', ']'), 'invalid_request', '#'],
  ['an array of objects', fill('{"title":[{}', () => ',{}', ']}'), 'invalid_request', '#/title'],
  ['a number of many digits', fill('{"title":1', () => '0', '}'), 'invalid_request', '#/title'],
  ['a name of many characters', fill('{"title":"a","', () => 'n', '":1}'), 'invalid_request', ''],
  ['many quotes', fill('{"title":"', () => String.raw`\"`, '"}'), 'invalid_request', '#/title'],
  ['blanks for a title', fill('{"title":"', () => ' ', '"}'), 'invalid_request', '#/title'],
  [
    'blanks and a U+0000',
    fill('{"title":"', () => ' ', String.raw`\u0000"}`),
    'invalid_request',
    '#/title',
  ],
  ['many names', fill('{"title":"a"', (i) => `,"${i.toString(36)}":1`, '}'), 'invalid_request', ''],
  ['one name many times', fill('{"title":"a"', () => ',"a":1', '}'), 'malformed_body', '#/a'],
  [
    'a name twice in the depth',
    `${'{"a":'.repeat(18_000)}{"a":1,"a":1}${'}'.repeat(18_000)}`,
    'malformed_body',
    '',
  ],
  [
    'half a character in the depth',
    `${'['.repeat(60_000)}"${String.raw`\ud800`}"${']'.repeat(60_000)}`,
    'malformed_body',
    '',
  ],
  [
    'many halves of characters in the depth',
    fill('['.repeat(600) + '0', () => String.raw`,"\ud800"`, ']'.repeat(600)),
    'malformed_body',
    '',
  ],
  [
    'every name twice',
    fill('{"title":"a"', (i) => `,"${i.toString(36)}":1,"${i.toString(36)}":1`, '}'),
    'malformed_body',
    '',
  ],
  ['strings that are never closed', fill('', () => '"', ''), 'malformed_body', '#'],
  ['a backslash too many', fill('{"title":"', () => '\\', ''), 'malformed_body', '#'],
];

describe('a body made to cost', () => {
  test.each(bombs)('with %s is refused, cheaply', async (_what, body, code, place) => {
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(LIMIT);
    const answer = await leavingNoTrace(server, { client: alice, user: 'alice' }, () => post(body));
    expect([answer.status, answer.body.code]).toStrictEqual([400, code]);
    if (place !== '') expectProblem(answer, 400, code, [place]);
    // Neither does the answer grow with what it answers.
    expect(answer.body.errors.length).toBeLessThanOrEqual(100);
    expect(answer.text.length).toBeLessThan(50_000);
    expect(await cost(() => post(body))).toBeLessThan(BUDGET);
  });

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('compressed by %s a thousandfold is refused, cheaply', async (encoding, compress) => {
    const bomb = compress(Buffer.alloc(64 * 1024 * 1024, ' '));
    expect(bomb.length).toBeLessThan(LIMIT);
    const request = () => post(bomb, { 'Content-Encoding': encoding });
    const answer = await leavingNoTrace(server, { client: alice, user: 'alice' }, request);
    expectProblem(answer, 413, 'content_too_large');
    expect(await cost(request)).toBeLessThan(BUDGET);
  });

  test('that breaks the contract in thousands of places is told how many are not named', async () => {
    const names = Array.from({ length: 5_000 }, (_, index) => `"${index}":1`);
    const unknown = await post(`{"title":"a",${names.join()}}`);
    expect(unknown.body.errors).toHaveLength(100);
    expect(unknown.body.detail).toBe(
      '5000 parts of the request are not valid; errors names 100, and there are 4900 more.',
    );
    const double = await post(`{"title":"a",${[...names, ...names].join()}}`);
    expect([double.body.code, double.body.errors.length]).toStrictEqual(['malformed_body', 100]);
    expect(double.body.detail).toMatch(/^The body is not JSON .* there are 4900 more\.$/);
  });

  test('that breaks it in places whose long names begin alike is told how many there are', async () => {
    const alike = 'n'.repeat(100);
    const few = `"${alike}1":1,"${alike}2":1,"${alike}\\ud83c":1`;
    const unknown = await post(`{"title":"a",${few.replace(String.raw`\ud83c`, '3')}}`);
    expect(unknown.body.detail).toBe('3 parts of the request are not valid.');
    expect(unknown.body.errors).toHaveLength(3);
    // Unknown and malformed at once is one place.
    const both = await post(`{"title":"a",${few},"${alike}1":2}`);
    expect([both.body.code, both.body.errors.length]).toStrictEqual(['malformed_body', 3]);
    expect(both.body.detail).toMatch(/3 parts of the request are not valid\.$/);
  });

  test('has what is wrong with its known names reported, however many unknown ones come before', async () => {
    const names = Array.from({ length: 5_000 }, (_, index) => `"${index}":1`);
    const answer = await post(`{${names.join()},"completed":1}`);
    expect(answer.body.detail).toContain('5002 parts of the request are not valid;');
    const malformed = await post(`{${names.join()},"4999":2,"title":"a"}`);
    expect(malformed.body.detail).toMatch(/5000 parts .* there are 4900 more\.$/);
    expect(malformed.body.errors[0].pointer).toBe('#/4999');
  });

  test.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ])(
    'of %s that goes on for ever with nothing coming out is refused',
    async (encoding, compress) => {
      // Streams of nothing, one behind the other.
      const nothing = compress('');
      const body = Buffer.concat(
        Array<Buffer>(Math.ceil(LIMIT / nothing.length) + 1).fill(nothing),
      );
      const answer = await post(body, { 'Content-Encoding': encoding });
      expectProblem(answer, 413, 'content_too_large');
    },
  );

  test('by its media type, in which quotes are never closed, is refused, cheaply', async () => {
    const type = `application/json; x="${String.raw`\"`.repeat(7_500)}; charset=latin1; charset=`;
    const request = () => post('{', { 'Content-Type': type });
    expect((await request()).status).toBe(400);
    expect(await cost(request)).toBeLessThan(BUDGET);
  });

  test('is what it is measured by: a small one costs far less than the budget', async () => {
    expect(await cost(() => post('{'))).toBeLessThan(BUDGET / 5);
  });
});
