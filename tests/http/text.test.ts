import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sql } from 'slonik';
import { createClient, signedIn, type Client } from '../support/client.ts';
import { contract, violations } from '../support/contract.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signToken } from '../support/tokens.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const MERGE_PATCH = { 'Content-Type': 'application/merge-patch+json' };
const { Title, Description, UserId } = contract.components.schemas;

/** What text is made of: all of Unicode, with what is often got wrong made likely, lone surrogates among it. */
const unit = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }) },
  { weight: 4, arbitrary: fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 1 }) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...['\u0000', '\u0001', '\u001f', ' ', '\t', '\n', '\r\n', '\u0085', '\u00a0', '\u2028'],
      ...['\u3000', '\ufeff', '\u200b', '\u200d', '\u202e', '\u0301', 'e\u0301', 'é', 'ſ', 'İ'],
      ...['\ufffd', '\uffff', '\u{10ffff}', '👩‍👩‍👧', '🇩🇪', 'שלום', 'مرحبا', '\\', '"', "'"],
      ...['%', '_', '$1', '\\u0000', '<b>', '{{x}}', '__proto__', 'null'],
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom('\ud83c', '\udf89', '\udf89\ud83c') },
);

/** Text of any of the given lengths in code points, and of some short ones. */
function text(...lengths: number[]): fc.Arbitrary<string> {
  const exact = lengths.flatMap((length) => [
    fc.constantFrom('x', '🎉', ' ', '\u0301', '\u3000').map((one) => one.repeat(length)),
    unit.map((one) => Array.from(one.repeat(length)).slice(0, length).join('')),
  ]);
  const short = fc.array(unit, { maxLength: 12 }).map((parts) => parts.join(''));
  return fc.oneof({ weight: 5, arbitrary: short }, ...exact);
}

const title = text(0, 1, 254, 255, 256);
const description = fc.oneof(text(0, 1, 9999, 10_000, 10_001), fc.constant(null));

/** Whether text may be stored: what the contract's schema says, and I-JSON of lone surrogates. */
function isAcceptable(schema: object, value: string | null): boolean {
  return violations(schema, value).length === 0 && (value === null || value.isWellFormed());
}

/** A user that no other run has, so that the list holds only what the run has written. */
let users = 0;
async function newUser(): Promise<{ tasks: string; client: Client; user: string }> {
  const user = `user-${(users += 1)}`;
  return { user, tasks: `/api/${user}/tasks`, client: await signedIn(server.url, user) };
}

describe('title and description', () => {
  test('are stored and answered exactly when the contract accepts them, and else refused without a trace', async () => {
    const seen = { accepted: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(title, description, async (title, description) => {
        const { tasks, client } = await newUser();
        const created = await client('POST', tasks, { body: { title, description } });
        const list = await client('GET', tasks);
        if (isAcceptable(Title, title) && isAcceptable(Description, description)) {
          seen.accepted += 1;
          expect(created.status).toBe(201);
          expect(created.body).toMatchObject({ title, description });
          expect(list.body.items).toStrictEqual([created.body]);
          const read = await client('GET', `${tasks}/${created.body.id}`);
          expect(read.body).toStrictEqual(created.body);
        } else {
          seen.refused += 1;
          expect(created.status).toBe(400);
          expect(list.body.items).toStrictEqual([]);
          expect(list.headers.get('ETag')).toBe('"0"');
        }
      }),
      { numRuns: 150 },
    );
    // Or the generator has gone astray, and shows nothing.
    expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(20);
  });

  test('are changed exactly so, too, by PUT and by PATCH', async () => {
    const { tasks, client } = await newUser();
    const created = await client('POST', tasks, { body: { title: 'x' } });
    let task: { id: string; revision: number } = created.body;
    const path = `${tasks}/${task.id}`;
    await fc.assert(
      fc.asyncProperty(title, description, fc.boolean(), async (title, description, whole) => {
        const answer = whole
          ? await client('PUT', path, { body: { title, description, completed: false } })
          : await client('PATCH', path, { body: { title, description }, headers: MERGE_PATCH });
        const read = await client('GET', path);
        if (isAcceptable(Title, title) && isAcceptable(Description, description)) {
          expect(answer.status).toBe(200);
          expect(answer.body).toMatchObject({ title, description, revision: task.revision + 1 });
          task = answer.body;
        } else {
          expect(answer.status).toBe(400);
        }
        expect(read.body).toStrictEqual(task);
      }),
      { numRuns: 100 },
    );
  });

  test('come back from a list in pages that are cut inside any title', async () => {
    const { tasks, client } = await newUser();
    await fc.assert(
      fc.asyncProperty(fc.array(title, { minLength: 3, maxLength: 6 }), async (titles) => {
        for (const title of titles.filter((one) => isAcceptable(Title, one))) {
          await client('POST', tasks, { body: { title } });
        }
      }),
      { numRuns: 8 },
    );
    const all = await server.db.anyFirst(
      sql.unsafe`SELECT id FROM tasks WHERE user_id = ${tasks.split('/')[2]!} ORDER BY title, id`,
    );
    const walked: string[] = [];
    for (let cursor = ''; ;) {
      const { body } = await client('GET', `${tasks}?sort=title&limit=3${cursor}`);
      walked.push(...body.items.map((task: { id: string }) => task.id));
      if (body.next_cursor === null) break;
      cursor = `&cursor=${body.next_cursor}`;
    }
    expect(walked).toStrictEqual(all);
  });
});

describe('a user id', () => {
  test('is any text that the contract accepts: as the subject of a token, in the path and in the task', async () => {
    const seen = { accepted: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(text(0, 1, 255, 256), async (user) => {
        fc.pre(user.isWellFormed());
        // Express and every proxy take these two for steps in the path, and an empty part for none.
        fc.pre(user !== '.' && user !== '..' && user !== '');
        const client = createClient(server.url, await signToken({ sub: user }));
        const tasks = `/api/${encodeURIComponent(user)}/tasks`;
        const created = await client('POST', tasks, { body: { title: 'mine' } });
        if (isAcceptable(UserId, user)) {
          seen.accepted += 1;
          expect(created.status).toBe(201);
          expect(created.body.user_id).toBe(user);
          expect((await client('GET', created.headers.get('Location')!)).body).toStrictEqual(
            created.body,
          );
        } else {
          seen.refused += 1;
          expect(created.status).toBe(401);
        }
      }),
      { numRuns: 100 },
    );
    expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(10);
  });

  test.each(['Alice', 'alice ', ' alice', 'alicé', 'alice\u0301', 'ａlice', 'alice\u200b'])(
    'is another than alice when it is %j',
    async (user) => {
      const alice = await signedIn(server.url, 'alice');
      const { status } = await alice('GET', `/api/${encodeURIComponent(user)}/tasks`);
      expect(status).toBe(403);
    },
  );
});

describe('a forged cursor', () => {
  test('is 400, or a place in one’s own list, and never a failure', async () => {
    const { tasks, client, user } = await newUser();
    await client('POST', tasks, { body: { title: 'mine' } });
    const id = '019bc0fd-89c0-7c3e-9f41-6f0c2d8e5a17';
    const year = fc.constantFrom('0000', '0001', '1969', '1970', '2026', '9999', '10000', '-001');
    const time = fc.constantFrom('00:00:00.000', '23:59:59.999', '23:59:60.000', '24:00:00.000');
    const day = fc.constantFrom('01-01', '12-31', '02-29', '02-30', '00-00', '13-01', '06-30');
    const key = fc.oneof(
      title,
      fc.tuple(year, day, time).map(([y, d, t]) => `${y}-${d}T${t}Z`),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('title', '-created_at', 'updated_at'),
        key,
        async (sort, key) => {
          const cursor = Buffer.from(JSON.stringify([sort, null, key, id])).toString('base64url');
          const { status, body } = await client('GET', `${tasks}?sort=${sort}&cursor=${cursor}`);
          expect([200, 400]).toContain(status);
          for (const task of body.items ?? []) expect(task.user_id).toBe(user);
        },
      ),
      { numRuns: 150 },
    );
  });
});
