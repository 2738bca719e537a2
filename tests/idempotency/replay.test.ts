import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openSession, type Session } from '../faults/session.ts';
import { signedIn } from '../support/client.ts';
import { createTask, expectProblem, leavingNoTrace, tasksOf } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { countOf, expectReplay, isReplay, post } from './posts.ts';

let server: TestServer;
let second: TestServer;
let session: Session;
beforeAll(async () => {
  server = await startTestServer();
  second = await startTestServer({ DATABASE_URL: server.databaseUrl });
  session = await openSession(server.databaseUrl);
});
afterAll(async () => {
  await session.end();
  await second.close();
  await server.close();
});

describe('a repeat of a request with its Idempotency-Key', () => {
  test.each([
    ['a title', { title: 'a' }],
    ['everything', { title: 'a', description: 'b', completed: true }],
    [
      'text of all kinds',
      { title: '\u{1f389} "\\/\u2028 e\u0301', description: '\u0001\n\u{10ffff}' },
    ],
  ])('with %s is answered like it, byte for byte, and writes nothing', async (name, body) => {
    const client = await signedIn(server.url, name);
    const first = await post(client, name, 'key', body);
    const again = await leavingNoTrace(server, { client, user: name }, () =>
      post(client, name, 'key', body),
    );
    expectReplay(first, again);
    expect(again.headers.get('ETag')).toBe('"1"');
    expect(again.headers.get('Location')).toBe(`${tasksOf(name)}/${first.body.id}`);
    expect(again.headers.get('Content-Type')).toBe('application/json; charset=utf-8');
    expect(await countOf(session, name)).toEqual({ tasks: 1, keys: 1 });
  });

  test('has a request id of its own', async () => {
    const alice = await signedIn(server.url, 'alice');
    const ids = [await post(alice, 'alice', 'a'), await post(alice, 'alice', 'a')].map((answer) =>
      answer.headers.get('X-Request-Id'),
    );
    expect(new Set(ids).size).toBe(2);
  });

  test('is answered like it on another server, and after what it made has changed or gone', async () => {
    const bert = await signedIn(server.url, 'bert');
    const first = await post(bert, 'bert', 'a');
    const path = `${tasksOf('bert')}/${first.body.id}`;
    await bert('PATCH', `${path}/complete`, { body: { completed: true } });
    expectReplay(first, await post(await signedIn(second.url, 'bert'), 'bert', 'a'));
    await bert('DELETE', path);
    expectReplay(first, await post(bert, 'bert', 'a'));
    expect(await countOf(session, 'bert')).toEqual({ tasks: 0, keys: 1 });
  });

  test('may write the same JSON with other white space', async () => {
    const carol = await signedIn(server.url, 'carol');
    const first = await post(carol, 'carol', 'a', '{"title":"a"}');
    expectReplay(first, await post(carol, 'carol', 'a', ' { "title" :\n"a" } '));
  });
});

describe('the same key', () => {
  test.each([
    ['another title', { title: 'b' }],
    ['a title that differs in case', { title: 'A' }],
    ['one property more', { title: 'a', description: 'b' }],
    ['one property that is not its default', { title: 'a', completed: true }],
  ])('with %s is 422, names the header, and writes nothing', async (name, body) => {
    const client = await signedIn(server.url, name);
    const first = await post(client, name, 'key', { title: 'a' });
    const answer = await leavingNoTrace(server, { client, user: name }, () =>
      post(client, name, 'key', body),
    );
    expectProblem(answer, 422, 'idempotency_key_reused', ['header idempotency-key']);
    expect(isReplay(answer)).toBe(false);
    expectReplay(first, await post(client, name, 'key', { title: 'a' }));
  });

  test('means something else to another user, whatever the body', async () => {
    const [dave, erin] = [await signedIn(server.url, 'dave'), await signedIn(server.url, 'erin')];
    const his = await post(dave, 'dave', 'shared');
    for (const body of [{ title: 'a task' }, { title: 'another' }]) {
      const hers = await post(erin, 'erin', `shared ${body.title}`.replaceAll(' ', '-'), body);
      expect([hers.status, isReplay(hers), hers.body.user_id]).toEqual([201, false, 'erin']);
    }
    const hers = await post(erin, 'erin', 'shared');
    expect([hers.status, isReplay(hers)]).toEqual([201, false]);
    expectReplay(his, await post(dave, 'dave', 'shared'));
    expectReplay(hers, await post(erin, 'erin', 'shared'));
  });

  test('is not another user\u2019s to use: on a foreign path it is 403, and nothing is replayed', async () => {
    const [frank, eve] = [await signedIn(server.url, 'frank'), await signedIn(server.url, 'eve')];
    await post(frank, 'frank', 'a');
    expectProblem(await post(eve, 'frank', 'a'), 403, 'forbidden');
  });

  test('means something else to another operation', async () => {
    const gina = await signedIn(server.url, 'gina');
    const first = await post(gina, 'gina', 'a');
    await session.query(`UPDATE idempotency_keys SET operation = 'other' WHERE user_id = 'gina'`);
    const other = await post(gina, 'gina', 'a');
    expect([other.status, isReplay(other)]).toEqual([201, false]);
    expect(other.body.id).not.toBe(first.body.id);
    expect(await countOf(session, 'gina')).toEqual({ tasks: 2, keys: 2 });
  });

  test('is ignored where the contract does not have it', async () => {
    const hugo = await signedIn(server.url, 'hugo');
    const { id } = await createTask(hugo, 'hugo');
    const headers = { 'Idempotency-Key': 'a' };
    for (const completed of [true, false]) {
      const path = `${tasksOf('hugo')}/${id}/complete`;
      const answer = await hugo('PATCH', path, { body: { completed }, headers });
      expect([answer.status, isReplay(answer)]).toEqual([200, false]);
    }
    expect(await countOf(session, 'hugo')).toEqual({ tasks: 1, keys: 0 });
  });
});

test('makes a task for each request without a key, and keeps no answer', async () => {
  const ivan = await signedIn(server.url, 'ivan');
  const [one, other] = [await createTask(ivan, 'ivan'), await createTask(ivan, 'ivan')];
  expect(one.id).not.toBe(other.id);
  expect(await countOf(session, 'ivan')).toEqual({ tasks: 2, keys: 0 });
});

describe('a request that is refused leaves its key unused:', () => {
  test.each<[name: string, attempt: object, status: number]>([
    ['an invalid body', { body: { title: '' } }, 400],
    ['a malformed body', { body: '{"title":' }, 400],
    ['another media type', { headers: { 'Content-Type': 'text/plain' }, body: 'a' }, 415],
    ['no token', { headers: { Authorization: '' }, body: { title: 'a task' } }, 401],
    ['a body too long', { body: { title: 'a', description: 'a'.repeat(200_000) } }, 413],
    ['an unknown parameter', { query: '?x=1', body: { title: 'a task' } }, 400],
  ])('%s', async (name, attempt: any, status) => {
    const client = await signedIn(server.url, name);
    const refused = await client('POST', `${tasksOf(name)}${attempt.query ?? ''}`, {
      body: attempt.body,
      headers: { ...attempt.headers, 'Idempotency-Key': 'a' },
    });
    expect(refused.status).toBe(status);
    expect(await countOf(session, name)).toEqual({ tasks: 0, keys: 0 });
    const first = await post(client, name, 'a');
    expect([first.status, isReplay(first)]).toEqual([201, false]);
    expectReplay(first, await post(client, name, 'a'));
  });

  test('a failure of ours', async () => {
    const judy = await signedIn(server.url, 'judy');
    await session.query(
      `ALTER TABLE tasks ADD CONSTRAINT secret_rule CHECK (title <> 'forbidden') NOT VALID`,
    );
    const refused = await post(judy, 'judy', 'a', { title: 'forbidden' });
    await session.query('ALTER TABLE tasks DROP CONSTRAINT secret_rule');
    expectProblem(refused, 500, 'internal_error');
    expect(await countOf(session, 'judy')).toEqual({ tasks: 0, keys: 0 });
    // The key is bound to no body yet.
    const first = await post(judy, 'judy', 'a', { title: 'b' });
    expect([first.status, isReplay(first)]).toEqual([201, false]);
  });
});
