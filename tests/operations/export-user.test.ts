import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { sql } from 'slonik';
import { signedIn } from '../support/client.ts';
import { sendRaw } from '../support/raw.ts';
import {
  createTask,
  everything,
  expectProblem,
  insertTasks,
  leavingNoTrace,
} from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signToken } from '../support/tokens.ts';
import { until } from '../support/until.ts';
import { exportOf, JSON_TYPE, LINES_TYPE, readExport } from './exports.ts';
import { refusesStrangers, refusesUnknownParameters, type ValidRequest } from './refusals.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const request: ValidRequest = { method: 'GET', path: exportOf };

const MOMENT = '2026-01-15T09:30:00.000Z';

describe('as JSON', () => {
  test('answers the user and the tasks, as every other operation has them, in one object', async () => {
    const alice = await signedIn(server.url, 'alice');
    const one = await createTask(alice, 'alice', { description: 'Two litres.' });
    const two = await createTask(alice, 'alice', { completed: true });
    const { body: user } = await alice('GET', '/api/alice');

    const answer = await leavingNoTrace(server, { client: alice, user: 'alice' }, () =>
      alice('GET', '/api/alice/export'),
    );
    expect(answer.status).toBe(200);
    expect(answer.text).toBe(JSON.stringify({ user, tasks: [one, two] }));
    expect(answer.headers.get('Content-Type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('ETag')).toBe('"2"');
    expect(answer.headers.get('Content-Disposition')).toBe('attachment; filename="tasks.json"');
  });

  test('answers an empty list for a user who has never written anything, and makes no row', async () => {
    const before = await everything(server);
    const { text, headers } = await readExport(server, 'nobody', JSON_TYPE);
    const user = {
      user_id: 'nobody',
      created_at: null,
      revision: 0,
      tasks: { total: 0, completed: 0, open: 0 },
    };
    expect(text).toBe(JSON.stringify({ user, tasks: [] }));
    expect(headers.get('ETag')).toBe('"0"');
    expect(await everything(server)).toBe(before);
  });
});

describe('as NDJSON', () => {
  test('answers the user in the first line, and a task in each further one', async () => {
    const bert = await signedIn(server.url, 'bert');
    const one = await createTask(bert, 'bert', { description: 'a\nb' });
    const two = await createTask(bert, 'bert', { completed: true });
    const { body: user } = await bert('GET', '/api/bert');

    const { text, headers } = await readExport(server, 'bert', LINES_TYPE);
    expect(text).toBe([user, one, two].map((value) => `${JSON.stringify(value)}\n`).join(''));
    expect(headers.get('Content-Type')).toBe('application/x-ndjson; charset=utf-8');
    expect(headers.get('ETag')).toBe('"2-ndjson"');
    expect(headers.get('Content-Disposition')).toBe('attachment; filename="tasks.ndjson"');
  });

  test('answers one line for a user who has never written anything', async () => {
    const { text, tasks } = await readExport(server, 'nobody', LINES_TYPE);
    expect(text.split('\n')).toHaveLength(2);
    expect(tasks).toEqual([]);
  });
});

describe.each([JSON_TYPE, LINES_TYPE])('either way, here as %s', (accept) => {
  test('brings the oldest first, and by id what is of the same moment', async () => {
    const user = `ordered ${accept}`;
    const times = ['2026-01-03', '2026-01-01', '2026-01-02', '2026-01-01', '2026-01-01'];
    const inserted = await insertTasks(
      server,
      user,
      times.map((day) => ({ created_at: `${day}T09:30:00.001Z` })),
    );
    const sorted = inserted.toSorted((a, b) =>
      a.created_at + a.id < b.created_at + b.id ? -1 : 1,
    );
    expect((await readExport(server, user, accept)).tasks).toEqual(sorted);
  });

  test.each([99, 100, 101, 200, 1003])('brings each of %i tasks once', async (count) => {
    const user = `${count} tasks ${accept}`;
    // Most of them of one moment, so that pages end inside it.
    const inserted = await insertTasks(
      server,
      user,
      Array.from({ length: count }, (_, index) => ({
        id: randomUUID(),
        created_at: index % 10 === 0 ? '2026-01-15T09:30:00.001Z' : MOMENT,
      })),
    );
    const answer = await readExport(server, user, accept);
    expect(answer.user.tasks.total).toBe(count);
    expect(answer.tasks).toHaveLength(count);
    expect(new Set(answer.tasks.map(({ id }) => id))).toEqual(
      new Set(inserted.map(({ id }) => id)),
    );
  });

  test('brings every character that a task can have unaltered', async () => {
    const user = `unicode ${accept}`;
    const all: string[] = [];
    // Every code point but NUL and the surrogates, which nothing stored can have.
    for (let point = 1; point <= 0x10ffff; point += 1) {
      if (point < 0xd800 || point > 0xdfff) all.push(String.fromCodePoint(point));
    }
    const descriptions = [];
    for (let start = 0; start < all.length; start += 10_000) {
      descriptions.push(all.slice(start, start + 10_000).join(''));
    }
    const inserted = await insertTasks(
      server,
      user,
      descriptions.map((description, index) => ({
        description,
        title: `"\\/\b\f\n\r\t\u007f\u0085\u2028\u2029\ufeff</script>{"a":1},\n${index}`,
        created_at: new Date(index).toISOString(),
      })),
    );
    expect((await readExport(server, user, accept)).tasks).toEqual(inserted);
  });

  test('has nothing of anybody else', async () => {
    const [mine] = await insertTasks(server, `mine ${accept}`, [{}]);
    await insertTasks(server, `other ${accept}`, [{}, {}]);
    expect((await readExport(server, `mine ${accept}`, accept)).tasks).toEqual([mine]);
  });

  test('answers HEAD as GET, without the body and without looking at a single task', async () => {
    const user = `head ${accept}`;
    await insertTasks(server, user, [{}, {}]);
    const client = await signedIn(server.url, user);
    const headers = { Accept: accept };
    const { headers: expected } = await readExport(server, user, accept);
    await server.db.transaction(async (other) => {
      // Whoever reads the tasks now has to wait, and is given up after some seconds.
      await other.query(sql.unsafe`LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE`);
      const head = await client('HEAD', exportOf(user), { headers });
      expect(head.status).toBe(200);
      expect(head.text).toBe('');
      for (const name of ['ETag', 'Content-Type', 'Content-Disposition', 'Vary', 'Cache-Control']) {
        expect([name, head.headers.get(name)]).toEqual([name, expected.get(name)]);
      }
      expect(head.headers.get('Content-Length')).toBeNull();
    });
    await until(() => server.db.state().acquiredConnections === 0);
  });
});

describe('Accept', () => {
  // What the client says, and what it gets.
  test.each([
    ['*/*', JSON_TYPE],
    ['application/*', JSON_TYPE],
    ['application/json', JSON_TYPE],
    ['application/json, application/x-ndjson', JSON_TYPE],
    ['application/json;q=0.5, application/x-ndjson;q=0.5', JSON_TYPE],
    ['text/html, */*;q=0.1', JSON_TYPE],
    ['application/x-ndjson', LINES_TYPE],
    ['APPLICATION/X-NDJSON', LINES_TYPE],
    ['application/json;q=0.8, application/x-ndjson;q=0.9', LINES_TYPE],
    ['*/*;q=0.1, application/x-ndjson', LINES_TYPE],
    ['application/json;q=0, */*', LINES_TYPE],
    ['text/html, application/x-ndjson;q=0.001', LINES_TYPE],
  ])('%s chooses %s', async (accept, mediaType) => {
    const { headers } = await readExport(server, 'carol', accept);
    expect(headers.get('Content-Type')).toBe(`${mediaType}; charset=utf-8`);
    expect(headers.get('Vary')).toMatch(/\bAccept\b/);
  });

  test('may be left out', async () => {
    const token = await signToken({ sub: 'carol' });
    const answer = await sendRaw(
      server.url,
      `HEAD /api/carol/export HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n\r\n`,
      { withoutBody: true },
    );
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
  });

  test.each([
    'text/csv',
    'text/*',
    'application/xml;q=1',
    '*/*;q=0',
    'nonsense',
    'application/json;q=0',
  ])('of %s is refused', async (accept) => {
    const dave = await signedIn(server.url, 'dave');
    const answer = await dave('GET', '/api/dave/export', { headers: { Accept: accept } });
    expectProblem(answer, 406, 'not_acceptable', ['header accept']);
  });

  test('decides nothing where there is one format only', async () => {
    const erin = await signedIn(server.url, 'erin');
    const answer = await erin('GET', '/api/erin', { headers: { Accept: 'text/csv' } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('Content-Type')).toBe('application/json; charset=utf-8');
  });
});

describe('If-None-Match', () => {
  test.each([
    [JSON_TYPE, '"2"', 304],
    [JSON_TYPE, 'W/"2"', 304],
    [JSON_TYPE, '*', 304],
    [JSON_TYPE, '"2-ndjson"', 200],
    [JSON_TYPE, '"1"', 200],
    [LINES_TYPE, '"2-ndjson"', 304],
    [LINES_TYPE, '"1-ndjson", "2-ndjson"', 304],
    [LINES_TYPE, '"2"', 200],
    [LINES_TYPE, '"1-ndjson"', 200],
  ])('for %s with %s is answered %i', async (accept, ifNoneMatch, status) => {
    const user = `${accept} ${ifNoneMatch}`;
    await insertTasks(server, user, [{}, {}]);
    const answer = await fetch(server.url + exportOf(user), {
      headers: {
        Authorization: `Bearer ${await signToken({ sub: user })}`,
        Accept: accept,
        'If-None-Match': ifNoneMatch,
      },
    });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('ETag')).toBe(accept === JSON_TYPE ? '"2"' : '"2-ndjson"');
    const text = await answer.text();
    if (status === 304) expect(text).toBe('');
    else expect(text).not.toBe('');
  });
});

refusesUnknownParameters(() => server, request);
refusesStrangers(() => server, request);
