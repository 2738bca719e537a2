import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startServerProcess } from '../support/process.ts';
import { TEST_JWT_SECRET } from '../support/tokens.ts';
import { wayOf } from '../support/way.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test('V8 decides for no place of the program that its objects are made among the old ones', async () => {
  const server = startServerProcess(
    { ...wayOf(database.url), JWT_SECRET: TEST_JWT_SECRET, PORT: '0' },
    ['--trace-gc', '--trace-pretenuring-statistics'],
  );
  const { address } = await server.logged('listening');
  const atStart = server.traced().length;
  const url = `http://${address.address}:${address.port}/livez`;
  for (let count = 0; count < 3_000; count += 1) {
    const answer = await fetch(url);
    expect(answer.status).toBe(200);
    await answer.bytes();
  }
  server.kill('SIGTERM');
  await server.exit;
  const traced = server.traced().slice(atStart).join('\n');
  expect(traced).toContain('Scavenge');
  // What it writes when it decides where the objects of a place are made.
  expect(traced).not.toContain('pretenuring:');
}, 30_000);
