import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { signedIn, type Answer, type Client } from '../support/client.ts';
import { createTask, expectProblem, leavingNoTrace, MERGE_PATCH } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let alice: Client;
let id: string;
beforeAll(async () => {
  server = await startTestServer();
  alice = await signedIn(server.url, 'alice');
  ({ id } = await createTask(alice, 'alice', { description: 'as it was' }));
});
afterAll(() => server.close());

/** Sends what must be refused, and fails when it leaves anything behind. */
function refused(...[method, path, options]: Parameters<Client>): Promise<Answer> {
  return leavingNoTrace(server, { client: alice, user: 'alice' }, () =>
    alice(method, `/api/alice${path}`, options),
  );
}

/** The three ways in which a title and its like can be written, each with a body that lacks nothing. */
const writes = [
  ['POST', () => '/tasks', {}],
  ['PUT', () => `/tasks/${id}`, {}],
  ['PATCH', () => `/tasks/${id}`, MERGE_PATCH],
] as const;

describe.each(writes)('a body of %s', (method, path, headers) => {
  /** @param members JSON text that takes the place of members of a valid body */
  function withMembers(members: Readonly<Record<string, string>>): string {
    const whole = { title: '"a"', description: 'null', completed: 'false', ...members };
    const written = Object.entries(whole).map(([name, json]) => `${JSON.stringify(name)}:${json}`);
    return `{${written.join()}}`;
  }

  test.each([
    ['title', '1e400'],
    ['title', '-1e400'],
    ['completed', '1e400'],
    ['completed', '1'],
    ['description', '9007199254740993'],
    ['description', `1${'0'.repeat(400)}`],
    ['description', '-0'],
    ['title', '1e-400'],
  ])('with %s: %s is refused: no number is anything else', async (name, number) => {
    const answer = await refused(method, path(), {
      body: withMembers({ [name]: number }),
      headers,
    });
    expectProblem(answer, 400, 'invalid_request', [`#/${name}`]);
  });

  test.each(['NaN', 'Infinity', '-Infinity', '0x10', '01', '1.', '.5', '+1', '1e', '--1'])(
    'with %s is refused: JSON has no such number',
    async (number) => {
      const body = withMembers({ title: number });
      expectProblem(await refused(method, path(), { body, headers }), 400, 'malformed_body', ['#']);
    },
  );

  test.each([
    ['title', String.raw`"a\u0000b"`],
    ['title', String.raw`"\u0000"`],
    ['description', String.raw`"a\u0000"`],
  ])('with U+0000 in %s is refused: %s', async (name, text) => {
    const answer = await refused(method, path(), { body: withMembers({ [name]: text }), headers });
    expectProblem(answer, 400, 'invalid_request', [`#/${name}`]);
  });

  test('with a bare U+0000 is refused: JSON wants it escaped', async () => {
    const body = withMembers({ title: '"a\0b"' });
    expectProblem(await refused(method, path(), { body, headers }), 400, 'malformed_body', ['#']);
  });

  test.each([
    ['title', String.raw`"\ud800"`],
    ['title', String.raw`"a\udfff"`],
    ['description', String.raw`"\udc00\ud800"`],
    ['description', String.raw`"\ud83c\\udf89"`],
  ])('with half a surrogate pair in %s is refused: %s', async (name, text) => {
    const answer = await refused(method, path(), { body: withMembers({ [name]: text }), headers });
    expectProblem(answer, 400, 'malformed_body', [`#/${name}`]);
  });

  test.each([
    [[0xff]],
    [[0xc0, 0x80]],
    [[0xe2, 0x82]],
    [[0xed, 0xa0, 0x80]],
    [[0xf4, 0x90, 0x80, 0x80]],
    [[0x80]],
  ])('with the bytes %p in a title is refused: that is not UTF-8', async (bytes) => {
    const [head, tail] = withMembers({ title: '"a|b"' }).split('|');
    const body = Buffer.concat([Buffer.from(head!), Buffer.from(bytes), Buffer.from(tail!)]);
    expectProblem(await refused(method, path(), { body, headers }), 400, 'malformed_body', ['#']);
  });

  test.each(['__proto__', 'constructor', 'prototype', 'toString', 'Title', 'title ', 'id'])(
    'with a member called %j is refused',
    async (name) => {
      const body = withMembers({ [name]: '{"completed":true}' });
      const answer = await refused(method, path(), { body, headers });
      expectProblem(answer, 400, 'invalid_request', [`#/${encodeURIComponent(name)}`]);
      expect(({} as any).completed).toBeUndefined();
    },
  );

  test('with a member that has no name is refused', async () => {
    const answer = await refused(method, path(), { body: withMembers({ '': '1' }), headers });
    expectProblem(answer, 400, 'invalid_request', ['#/']);
  });

  test.each(['title', 'completed', '__proto__'])(
    'with the name %s twice is refused, whichever of the two is right',
    async (name) => {
      for (const [first, second] of [
        ['"a"', '0'],
        ['0', '"a"'],
        ['"a"', '"a"'],
      ]) {
        const others = Object.entries({ title: '"a"', description: 'null', completed: 'false' })
          .filter(([other]) => other !== name)
          .map(([other, json]) => `"${other}":${json},`);
        const body = `{${others.join('')}"${name}":${first},"${name}":${second}}`;
        const answer = await refused(method, path(), { body, headers });
        expectProblem(answer, 400, 'malformed_body', [`#/${name}`]);
      }
    },
  );
});
