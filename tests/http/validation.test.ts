import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { signedIn, type Answer, type Client } from '../support/client.ts';
import { createTask, expectProblem, leavingNoTrace } from '../support/scenarios.ts';
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

/** What is answered when this parameter is all that is wrong. */
const codeOf = (name: string) => (name === 'cursor' ? 'invalid_cursor' : 'invalid_request');

describe('a parameter of the query', () => {
  test.each([
    ['limit', ['0', '101', '-1', '1.5', '1e400', '1e1', '0x10', 'NaN', 'Infinity', '+5', ' 5']],
    ['limit', ['9007199254740993', '9'.repeat(400), '', '05', '5 ', '٥']],
    ['completed', ['1', 'TRUE', 'yes', '', 'null']],
    ['sort', ['', 'Title', 'title,id', '-', 'revision', 'constructor', '__proto__']],
    ['cursor', ['', 'a=', 'a+b', '%00', '%ud83c', 'é', 'x'.repeat(2401)]],
  ])('is refused out of its bounds: %s', async (name, values) => {
    for (const value of values) {
      const query = `${name}=${value.startsWith('%') ? value : encodeURIComponent(value)}`;
      const answer = await refused('GET', `/tasks?${query}`);
      expect([query, answer.status]).toStrictEqual([query, 400]);
      expectProblem(answer, 400, codeOf(name), [`parameter ${name}`]);
    }
  });

  test.each([
    ['limit', '5', '6'],
    ['limit', '5', '5'],
    ['completed', 'true', 'true'],
    ['sort', 'title', '-title'],
    ['cursor', 'abc', 'abc'],
  ])('is refused twice: %s', async (name, first, second) => {
    for (const query of [
      `${name}=${first}&${name}=${second}`,
      `${name}=${first}&sort=title&${name}=${second}`.replace(
        'sort=title&sort',
        'completed=true&sort',
      ),
      `${name}=${first}&${name.replace('t', '%74').replace('c', '%63')}=${second}`,
    ]) {
      const answer = await refused('GET', `/tasks?${query}`);
      expect([query, answer.status, answer.body.code]).toStrictEqual([query, 400, codeOf(name)]);
      const detail = 'must occur only once';
      expect(answer.body.errors).toStrictEqual([{ parameter: name, detail }]);
    }
  });

  test.each([
    ['Limit=5', ['Limit']],
    ['limit%00=5', ['limit\0']],
    ['limit%20=5', ['limit ']],
    ['__proto__[a]=1', ['__proto__[a]']],
    // Some clients mean the parameter itself by these.
    ['limit[]=5', ['limit[]']],
    ['limit[0]=5', ['limit[0]']],
    ['limit[$gt]=5', ['limit[$gt]']],
    ['=5', ['']],
  ])('is refused under another name: %s', async (query, names) => {
    const answer = await refused('GET', `/tasks?${query}`);
    const places = names.map((name) => `parameter ${name}`);
    expectProblem(answer, 400, 'invalid_request', places);
  });
});

describe('a moment in a cursor', () => {
  const cursor = (sort: string, key: unknown) =>
    Buffer.from(JSON.stringify([sort, null, key, id])).toString('base64url');

  test.each([
    '2026-02-30T00:00:00.000Z',
    '2025-02-29T00:00:00.000Z',
    '2026-04-31T00:00:00.000Z',
    '2026-13-01T00:00:00.000Z',
    '2026-00-10T00:00:00.000Z',
    '2026-01-00T00:00:00.000Z',
    '2026-01-15T24:00:00.000Z',
    '2026-01-15T23:60:00.000Z',
    '2026-06-30T23:59:60.000Z',
    '10000-01-01T00:00:00.000Z',
    '+010000-01-01T00:00:00.000Z',
    '0000-01-01T00:00:00.000Z',
    '0999-12-31T23:59:59.999Z',
    '-0001-01-01T00:00:00.000Z',
    'infinity',
    'now',
    '2026-01-15T09:30:00.000+00:00',
    1e400,
    null,
  ])('is refused when there is none like it: %j', async (moment) => {
    for (const sort of ['created_at', '-updated_at']) {
      const answer = await refused('GET', `/tasks?sort=${sort}&cursor=${cursor(sort, moment)}`);
      expectProblem(answer, 400, 'invalid_cursor', ['parameter cursor']);
    }
  });

  test.each(['2024-02-29T00:00:00.000Z', '1000-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'])(
    'is taken when there is: %s',
    async (moment) => {
      const path = `/api/alice/tasks?sort=created_at&cursor=${cursor('created_at', moment)}`;
      expect((await alice('GET', path)).status).toBe(200);
    },
  );

  test.each(['a\0b', '\ud800', '', ' ', 'x'.repeat(256)])(
    'or a title in one is refused when no task can have it: %j',
    async (title) => {
      const answer = await refused('GET', `/tasks?sort=title&cursor=${cursor('title', title)}`);
      expectProblem(answer, 400, 'invalid_cursor', ['parameter cursor']);
    },
  );
});

describe('everything that is wrong with one request', () => {
  test('is reported together, each once, in words that can be shown', async () => {
    const answer = await refused('PUT', '/tasks/17?limit=5&__proto__=1', {
      headers: { 'If-Match': 'nonsense' },
      body: '{"title":"","description":7,"done":true}',
    });
    expectProblem(answer, 400, 'invalid_request', [
      '#/completed',
      '#/description',
      '#/done',
      '#/title',
      'header if-match',
      'parameter __proto__',
      'parameter id',
      'parameter limit',
    ]);
    expect(answer.body.detail).toBe('8 parts of the request are not valid.');
    expect(answer.body.errors).toHaveLength(8);
    expect(answer.body.errors).toStrictEqual(
      expect.arrayContaining([
        { parameter: 'limit', detail: 'is not a parameter of this operation' },
        { parameter: '__proto__', detail: 'is not a parameter of this operation' },
        { parameter: 'id', detail: 'must be a UUID, such as 019bc0fd-89c0-7c3e-9f41-6f0c2d8e5a17' },
        {
          header: 'if-match',
          detail: 'must be * or a list of entity-tags in double quotes, such as "41"',
        },
        {
          pointer: '#/title',
          detail: 'must have at least one character that is not blank, and no U+0000',
        },
        { pointer: '#/description', detail: 'must be a string or null' },
        { pointer: '#/completed', detail: 'is required' },
        { pointer: '#/done', detail: 'is not a property of this object' },
      ]),
    );
  });

  test('is reported for a new task, its key among it', async () => {
    const answer = await refused('POST', '/tasks?dry_run=true', {
      headers: { 'Idempotency-Key': '"not closed' },
      body: '{"description":false}',
    });
    expectProblem(answer, 400, 'invalid_request', [
      '#/description',
      '#/title',
      'header idempotency-key',
      'parameter dry_run',
    ]);
  });

  test('is reported for a list', async () => {
    const answer = await refused('GET', '/tasks?limit=0&sort=age&completed=2&cursor=*&page=2', {
      headers: { 'If-None-Match': 'x' },
    });
    expectProblem(answer, 400, 'invalid_request', [
      'header if-none-match',
      'parameter completed',
      'parameter cursor',
      'parameter limit',
      'parameter page',
      'parameter sort',
    ]);
  });

  test('is reported for an account', async () => {
    for (const path of ['', '/export']) {
      const answer = await refused('GET', `${path}?full=1&constructor=1`, {
        headers: { 'If-None-Match': '1' },
      });
      expectProblem(answer, 400, 'invalid_request', [
        'header if-none-match',
        'parameter constructor',
        'parameter full',
      ]);
    }
    const erasure = await refused('DELETE', '?really=1', { headers: { 'If-Match': '1' } });
    expectProblem(erasure, 400, 'invalid_request', ['header if-match', 'parameter really']);
  });
});
