import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { signedIn } from '../support/client.ts';
import { createTask, tasksOf } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { openSession, type Session } from './session.ts';

/** Connections of the server under test. */
const CONNECTIONS = 4;

let server: TestServer;
let session: Session;
beforeAll(async () => {
  server = await startTestServer({
    DATABASE_POOL_MAX: String(CONNECTIONS),
    DATABASE_POOL_WAIT: '200',
  });
  session = await openSession(server.databaseUrl);
});
afterAll(async () => {
  await session.end();
  await server.close();
});

const holds = {
  'the row of the user': `SELECT FROM users WHERE user_id = $1 FOR UPDATE`,
  'an idempotency key': `
    INSERT INTO idempotency_keys (user_id, operation, key, fingerprint)
    VALUES ($1, 'createTask', 'held', sha256(''))`,
};

test.each(Object.entries(holds))(
  'writes of one user that wait for %s leave connections to the others',
  async (what, hold) => {
    const [user, other] = [`owner of ${what}`, `neighbour of ${what}`];
    const [blocked, free] = [await signedIn(server.url, user), await signedIn(server.url, other)];
    await createTask(blocked, user);
    await session.query('BEGIN');
    await session.query(hold, [user]);
    try {
      const headers: Record<string, string> = what.includes('key')
        ? { 'Idempotency-Key': 'held' }
        : {};
      let refused = 0;
      const enough = Promise.withResolvers<undefined>();
      const writes = Array.from({ length: 2 * CONNECTIONS }, async () => {
        const answer = await blocked('POST', tasksOf(user), { headers, body: { title: 'a' } });
        if (answer.status === 503) refused += 1;
        // The rest has, or will soon have, all that the user can get.
        if (refused === CONNECTIONS) enough.resolve(undefined);
      });
      await enough.promise;
      await session.untilWaiting(1);
      expect((await free('POST', tasksOf(other), { body: { title: 'b' } })).status).toBe(201);
      await session.query('ROLLBACK');
      await Promise.all(writes);
    } finally {
      await session.query('ROLLBACK');
    }
    expect(server.db.state()).toMatchObject({ waitingClients: 0, acquiredConnections: 0 });
    expect((await blocked('GET', tasksOf(user))).status).toBe(200);
  },
);
