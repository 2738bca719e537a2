import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { expectUnavailable } from './answers.ts';
import { createClient, signedIn, type Client } from '../support/client.ts';
import { createTask, tasksOf } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/** Connections of a server under test; its queue has room for a hundredth of its patience times these. */
const CONNECTIONS = 2;

let server: TestServer;
let impatient: TestServer;
let patient: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  const common = {
    DATABASE_URL: server.databaseUrl,
    DATABASE_POOL_MAX: String(CONNECTIONS),
  };
  impatient = await startTestServer({ ...common, DATABASE_POOL_WAIT: '200' });
  patient = await startTestServer(common);
});
afterAll(async () => {
  await impatient.close();
  await patient.close();
  await server.close();
});

/** Keeps all connections of a server busy, for as long as it is told to. */
async function occupy({ db }: TestServer): Promise<() => Promise<void>> {
  const leave = Promise.withResolvers<undefined>();
  const taken = Array.from({ length: CONNECTIONS }, () => Promise.withResolvers<undefined>());
  const ended = taken.map(({ resolve }) =>
    db.connect(async () => {
      resolve(undefined);
      await leave.promise;
    }),
  );
  await Promise.all(taken.map(({ promise }) => promise));
  return async () => {
    leave.resolve(undefined);
    await Promise.all(ended);
  };
}

function crowd(client: Client, user: string, size: number) {
  return Array.from({ length: size }, (_, index) =>
    index % 2
      ? client('GET', tasksOf(user))
      : client('POST', tasksOf(user), { body: { title: 'a' } }),
  );
}

test('while all connections are busy, requests are 503 with Retry-After, those beyond the queue without waiting', async () => {
  const client = await signedIn(impatient.url, 'alice');
  const release = await occupy(impatient);
  for (const answer of await Promise.all(crowd(client, 'alice', 100))) expectUnavailable(answer);
  const reasons = impatient.logged().flatMap(({ err }) => err?.reason ?? []);
  expect(reasons).toHaveLength(100);
  expect(reasons.filter((reason) => reason === 'too_many_wait').length).toBeGreaterThan(0);
  expect(reasons.filter((reason) => reason === 'waited_too_long').length).toBeGreaterThan(0);
  await release();
  // None of them was carried out after all.
  expect((await client('GET', tasksOf('alice'))).body.items).toEqual([]);
  expect((await createTask(client, 'alice')).revision).toBe(1);
});

test('who waits is served once a connection is free, and none is left behind', async () => {
  const client = await signedIn(patient.url, 'bob');
  const release = await occupy(patient);
  const requests = crowd(client, 'bob', 60);
  while (patient.db.state().waitingClients < 60) await client('GET', '/livez');
  await release();
  for (const { status } of await Promise.all(requests)) expect([200, 201]).toContain(status);
  expect(patient.db.state()).toMatchObject({ waitingClients: 0, acquiredConnections: 0 });
});

test('a statement that fails gives its place away', async () => {
  const client = await signedIn(patient.url, 'carol');
  for (let round = 0; round < 3 * CONNECTIONS; round += 1) {
    const failed = patient.db.connect(() => Promise.reject(new Error('on purpose')));
    await expect(failed).rejects.toThrow('on purpose');
  }
  expect((await client('GET', tasksOf('carol'))).status).toBe(200);
});

test.each(['/readyz', '/health', '/livez'])(
  '%s is 200 while all connections are busy',
  async (path) => {
    const release = await occupy(impatient);
    const anyone = createClient(impatient.url);
    expect((await anyone('GET', path)).status).toBe(200);
    await release();
  },
);
