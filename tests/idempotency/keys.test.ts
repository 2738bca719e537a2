import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openSession, type Session } from '../faults/session.ts';
import { signedIn } from '../support/client.ts';
import { sendRaw } from '../support/raw.ts';
import { expectProblem, leavingNoTrace, tasksOf } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signToken } from '../support/tokens.ts';
import { countOf, expectReplay, isReplay, post } from './posts.ts';

let server: TestServer;
let session: Session;
beforeAll(async () => {
  server = await startTestServer();
  session = await openSession(server.databaseUrl);
});
afterAll(async () => {
  await session.end();
  await server.close();
});

/** U+0021 to U+007E. */
const VISIBLE = Array.from({ length: 94 }, (_, index) => String.fromCharCode(0x21 + index)).join(
  '',
);

/** As a structured field's string. */
function quoted(key: string): string {
  return `"${key.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

let users = 0;
async function newUser() {
  const user = `user ${(users += 1)}`;
  return { user, client: await signedIn(server.url, user) };
}

describe('a body', () => {
  test.each([
    [
      'the order of its members',
      '{"title":"a","description":"b"}',
      '{"description":"b","title":"a"}',
    ],
    ['white space', '{"title":"a"}', ' { "title" :\n"a" } '],
    ['how characters are written', '{"title":"a"}', String.raw`{"title":"\u0061"}`],
    ['a default that is written out', '{"title":"a"}', '{"title":"a","description":null}'],
  ])('is the same whatever %s', async (_what, one, other) => {
    const { user, client } = await newUser();
    expectReplay(await post(client, user, 'key', one), await post(client, user, 'key', other));
    expect(await countOf(session, user)).toEqual({ tasks: 1, keys: 1 });
  });

  test('is another when two values have changed places', async () => {
    const { user, client } = await newUser();
    await post(client, user, 'key', { title: 'a', description: 'b' });
    const answer = await post(client, user, 'key', { description: 'a', title: 'b' });
    expectProblem(answer, 422, 'idempotency_key_reused', ['header idempotency-key']);
  });
});

describe('a key', () => {
  test.each([
    ['bare and quoted', 'abc', '"abc"'],
    ['quoted and bare', '"abc"', 'abc'],
    ['bare with a backslash, and quoted with it escaped', String.raw`a\b`, String.raw`"a\\b"`],
    ['bare with a quote inside, and quoted with it escaped', 'a"b', String.raw`"a\"b"`],
    ['ending in a backslash, bare and quoted', 'a\\', String.raw`"a\\"`],
    ['ending in a quote, bare and quoted', 'a"', String.raw`"a\""`],
    ['with white space around it or not', 'abc', ' \t abc '],
  ])('is the same %s', async (_name, one, other) => {
    const { user, client } = await newUser();
    expectReplay(await post(client, user, one), await post(client, user, other));
    expect(await countOf(session, user)).toEqual({ tasks: 1, keys: 1 });
  });

  test.each([
    ['in another case', 'abc', 'ABC'],
    ['with a character more', 'abc', 'abcd'],
    [
      'with two backslashes bare, and quoted with one escaped',
      String.raw`a\\b`,
      String.raw`"a\\b"`,
    ],
    ['with a comma bare, and without', 'a,b', 'ab'],
  ])('is another %s', async (_name, one, other) => {
    const { user, client } = await newUser();
    await post(client, user, one);
    const answer = await post(client, user, other);
    expect([answer.status, isReplay(answer)]).toEqual([201, false]);
    expect(await countOf(session, user)).toEqual({ tasks: 2, keys: 2 });
  });

  test.each([
    ['of one character, bare', 'a', 'a'],
    ['of one character, quoted', '"a"', 'a'],
    ['of one escaped character', String.raw`"\""`, '"'],
    ['of 255 characters, bare', 'k'.repeat(255), 'k'.repeat(255)],
    ['of 255 characters, quoted', `"${'k'.repeat(255)}"`, 'k'.repeat(255)],
    ['of 255 escaped characters', quoted('\\'.repeat(255)), '\\'.repeat(255)],
    ['of every visible ASCII character, quoted', quoted(VISIBLE), VISIBLE],
    ['of every visible ASCII character, bare', `x${VISIBLE}`, `x${VISIBLE}`],
    ['like a number', '0', '0'],
    ['like a property of every object', '__proto__', '__proto__'],
    ['like SQL', "';DROP/**/TABLE/**/tasks;--", "';DROP/**/TABLE/**/tasks;--"],
  ])('%s is kept as it is', async (_name, field, stored) => {
    const { user, client } = await newUser();
    expectReplay(await post(client, user, field), await post(client, user, field));
    const rows = await session.query('SELECT key FROM idempotency_keys WHERE user_id = $1', [user]);
    expect(rows).toEqual([{ key: stored }]);
  });

  test.each([
    ['an empty one', ''],
    ['an empty one in quotes', '""'],
    ['256 characters, bare', 'k'.repeat(256)],
    ['256 characters, quoted', `"${'k'.repeat(256)}"`],
    ['256 escaped characters', quoted('"'.repeat(256))],
    ['a space, bare', 'a b'],
    ['a space, quoted', '"a b"'],
    ['a tab', 'a\tb'],
    ['a letter beyond ASCII', 'caf\u00e9'],
    ['a quote that is not closed', '"a'],
    ['a quote alone', '"'],
    ['a quote that is not escaped', '"a"b"'],
    ['something behind the quotes', '"a";v=1'],
    ['an escape of nothing', String.raw`"a\"`],
    ['an escape of what needs none', String.raw`"\a"`],
    ['two in one list', '"a", "b"'],
  ])('is refused when it is %s: 400 names the header, nothing is written', async (_name, field) => {
    const { user, client } = await newUser();
    const answer = await leavingNoTrace(server, { client, user }, () => post(client, user, field));
    expectProblem(answer, 400, 'invalid_request', ['header idempotency-key']);
    expect(await countOf(session, user)).toEqual({ tasks: 0, keys: 0 });
  });

  test('is refused when it comes twice, even the same', async () => {
    const { user } = await newUser();
    const body = '{"title":"a"}';
    const { status, text } = await sendRaw(
      server.url,
      [
        `POST ${tasksOf(user)} HTTP/1.1`,
        'Host: localhost',
        `Authorization: Bearer ${await signToken({ sub: user })}`,
        'Content-Type: application/json',
        `Content-Length: ${body.length}`,
        'Idempotency-Key: a',
        'Idempotency-Key: a',
        '',
        body,
      ].join('\r\n'),
    );
    expect(status).toBe(400);
    expect(JSON.parse(text).errors).toMatchObject([{ header: 'idempotency-key' }]);
    expect(await countOf(session, user)).toEqual({ tasks: 0, keys: 0 });
  });
});
