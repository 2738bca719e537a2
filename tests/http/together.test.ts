import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { signedIn, type Answer, type Client } from '../support/client.ts';
import {
  createTask,
  expectProblem,
  insertTasks,
  leavingNoTrace,
  MERGE_PATCH,
} from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let alice: Client;
let id: string;
beforeAll(async () => {
  server = await startTestServer();
  alice = await signedIn(server.url, 'alice');
  ({ id } = await createTask(alice, 'alice'));
});
afterAll(() => server.close());

/** Sends what must be refused, and fails when it leaves anything behind. */
function refused(...[method, path, options]: Parameters<Client>): Promise<Answer> {
  return leavingNoTrace(server, { client: alice, user: 'alice' }, () =>
    alice(method, `/api/alice${path}`, options),
  );
}

describe('a malformed body is reported together with everything else:', () => {
  test.each([
    ['not JSON', '{'],
    ['not UTF-8', Buffer.from('{"title":"\xff"}', 'latin1')],
    ['a byte order mark', '\ufeff{"title":"a"}'],
  ])('%s, in the place of the body itself', async (_what, body) => {
    const headers = { 'Idempotency-Key': '"open' };
    const answer = await refused('POST', '/tasks?dry=1', { body, headers });
    expectProblem(answer, 400, 'malformed_body', ['#', 'header idempotency-key', 'parameter dry']);
    expect(answer.body.detail).toBe(
      'The body is not JSON in UTF-8 as RFC 7493 defines it. 3 parts of the request are not valid.',
    );
  });

  test('bytes that are not of the content coding', async () => {
    const headers = { 'Content-Encoding': 'gzip', 'If-Match': 'x', ...MERGE_PATCH };
    const body = gzipSync('{"title":"a"}').subarray(0, 20);
    const answer = await refused('PATCH', `/tasks/17`, { body, headers });
    expectProblem(answer, 400, 'malformed_body', ['#', 'header if-match', 'parameter id']);
    expect(answer.headers.get('Connection')).toBe('close');
  });

  test('every name that occurs twice, and every broken character, with what the contract forbids', async () => {
    const body = String.raw`{"title":"a","title":"b","description":"\ud800","x":{"y":1,"y":2,"z":["\udfff"]},"x":1}`;
    const answer = await refused('PUT', `/tasks/${id}?a=1`, { body });
    expectProblem(answer, 400, 'malformed_body', [
      '#/completed',
      '#/description',
      '#/title',
      '#/x',
      '#/x/y',
      '#/x/z/0',
      'parameter a',
    ]);
    expect(answer.body.errors).toHaveLength(7);
    expect(answer.body.errors).toStrictEqual(
      expect.arrayContaining([
        { pointer: '#/title', detail: 'occurs more than once' },
        { pointer: '#/description', detail: 'has a surrogate without its other half' },
        { pointer: '#/completed', detail: 'is required' },
      ]),
    );
  });

  test('a parameter that is wrong is named even when the body has more errors than are named', async () => {
    const names = Array.from({ length: 200 }, (_, index) => `"${index}":0,"${index}":0`);
    const answer = await refused('POST', '/tasks?dry=1', { body: `{${names.join()}}` });
    expect(answer.body.errors).toHaveLength(100);
    expect(answer.body.errors[0]).toMatchObject({ parameter: 'dry' });
    expect(answer.body.detail).toContain('201 parts of the request are not valid');
    expect(answer.body.detail).toContain('101 more');
  });

  test('a member that is known and wrong is named before those that nobody knows', async () => {
    const unknown = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`x${index}`, 0]));
    const answer = await refused('POST', '/tasks', { body: { ...unknown, title: 5 } });
    expect(answer.body.errors).toHaveLength(100);
    expect(answer.body.errors[0]).toStrictEqual({ pointer: '#/title', detail: 'must be a string' });
    expect(answer.body.detail).toContain('151 parts of the request are not valid');
  });

  test('two deep places that are cut off alike hide nothing else', async () => {
    const deep = ['1', '2'].map((end) => `"${'z'.repeat(90)}${end}":"\\ud800"`);
    const body = `{"title":"a","description":5,"x":{${deep.join()}}}`;
    const answer = await refused('POST', '/tasks', { body });
    expect(answer.body.code).toBe('malformed_body');
    expect(answer.body.errors).toContainEqual(
      expect.objectContaining({ pointer: '#/description' }),
    );
  });
});

describe('a cursor that cannot be used', () => {
  let cursor: string;
  beforeAll(async () => {
    const bert = await signedIn(server.url, 'bert');
    await insertTasks(server, 'bert', [{}, {}]);
    const page = await bert('GET', '/api/bert/tasks?limit=1&sort=title&completed=false');
    cursor = page.body.next_cursor;
  });

  test('is reported together with other parameters, and headers', async () => {
    const query = 'limit=0&cursor=abc&page=2&sort=title';
    const answer = await refused('GET', `/tasks?${query}`, { headers: { 'If-None-Match': 'x' } });
    expectProblem(answer, 400, 'invalid_request', [
      'header if-none-match',
      'parameter cursor',
      'parameter limit',
      'parameter page',
    ]);
    const detail = 'must come from a page with the same sort and completed';
    expect(answer.body.errors).toContainEqual({ parameter: 'cursor', detail });
  });

  test('is not reported of a good one', async () => {
    const answer = await refused(
      'GET',
      `/tasks?cursor=${cursor}&sort=title&completed=false&limit=0`,
    );
    expectProblem(answer, 400, 'invalid_request', ['parameter limit']);
  });

  test.each([
    ['sort=title&limit=0', ['limit']],
    ['sort=title&completed=true&limit=0', ['limit']],
    ['sort=-title&completed=false&limit=0', ['limit']],
    ['completed=false&limit=0', ['limit']],
  ])('is reported of one for another list: %s', async (query, others) => {
    const answer = await refused('GET', `/tasks?cursor=${cursor}&${query}`);
    const places = ['cursor', ...others].map((name) => `parameter ${name}`);
    expectProblem(answer, 400, 'invalid_request', places);
  });

  test.each([
    ['sort=age&completed=false', ['sort']],
    ['sort=title&completed=2', ['completed']],
    ['sort=age&completed=2', ['completed', 'sort']],
  ])('is judged as far as that can be: %s', async (query, places) => {
    const names = places.map((name) => `parameter ${name}`);
    const good = await refused('GET', `/tasks?cursor=${cursor}&${query}`);
    expectProblem(good, 400, 'invalid_request', names);
    const bad = await refused('GET', `/tasks?cursor=abc&${query}`);
    expectProblem(bad, 400, 'invalid_request', ['parameter cursor', ...names]);
  });

  test('keeps its own code when it alone is wrong', async () => {
    for (const query of [`cursor=${cursor}`, 'cursor=a%20b', 'cursor=', 'cursor=a&cursor=b']) {
      const answer = await refused('GET', `/tasks?${query}`);
      expectProblem(answer, 400, 'invalid_cursor', ['parameter cursor']);
    }
  });
});
