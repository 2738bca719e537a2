import { randomBytes } from 'node:crypto';
import { METHODS } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { operations } from '../../generated/operations.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { openConnection } from '../support/raw.ts';
import { signToken } from '../support/tokens.ts';
import { startObservedServer, valueOf, type ObservedServer } from './observed.ts';

let database: TestDatabase;
let server: ObservedServer;
beforeAll(async () => {
  database = await createTestDatabase();
  server = await startObservedServer(database.url, { RATE_LIMIT: '1000000/60' });
});
afterAll(async () => {
  await server.stop();
  await database.drop();
});

/** In everything that is made up, so that it would be found in a label. */
const MARK = 'madeup';
const madeUp = () => `${MARK}${randomBytes(6).toString('hex')}`;
const PATHS = [
  ...Object.values(operations).map(({ path }) => path),
  '/api/{user_id}/tasks/{id}/{user_id}',
  '/{user_id}',
  '/%zz',
];

/** Sends every method to every path, with names, values and tokens that nobody has sent before. */
async function fuzz(): Promise<void> {
  const user = madeUp();
  const token = await signToken({ sub: user });
  const methods = METHODS.filter((method) => method !== 'CONNECT');
  await Promise.all(
    PATHS.map(async (template) => {
      for (const method of methods) {
        const path = template.replaceAll('{user_id}', user).replaceAll('{id}', madeUp());
        const head = (target: string) => [
          `${method} ${target} HTTP/1.1`,
          'Host: x',
          `Idempotency-Key: "${madeUp()}"`,
          `X-Request-Id: ${madeUp()}`,
          `traceparent: ${madeUp()}`,
          `${madeUp()}: ${madeUp()}`,
          'Connection: close',
        ];
        const body = JSON.stringify({ title: madeUp() });
        await exchange([
          ...head(path),
          `Authorization: Bearer ${token}`,
          ...(method === 'POST' || method === 'PATCH'
            ? ['Content-Type: application/json', `Content-Length: ${body.length}`, '', body]
            : ['', '']),
        ]);
        await exchange([
          ...head(`${path}?${madeUp()}=${madeUp()}`),
          `Authorization: ${madeUp()}`,
          `Content-Type: application/${madeUp()}`,
          'Content-Length: 2',
          '',
          '{}',
        ]);
      }
    }),
  );
  await exchange([`${madeUp().toUpperCase()} / HTTP/1.1`, 'Host: x', '', '']);
}

async function exchange(lines: readonly string[]): Promise<void> {
  const connection = await openConnection(server.url);
  connection.write(lines.join('\r\n'));
  await connection.answer({ withoutBody: true });
  connection.socket.destroy();
}

/** Every series of our own; what the runtime has of itself comes and goes. */
async function series(): Promise<string[]> {
  // A request is measured when its answer has gone, which the client may see earlier.
  let samples;
  do samples = await server.scrape();
  while (valueOf(samples, 'http_requests_in_flight') > 0);
  return samples
    .filter(({ name }) => !/^(?:nodejs|process)_/.test(name))
    .map(({ name, labels }) => `${name}${JSON.stringify(labels)}`)
    .sort();
}

test('clients cannot make a label value, or a series that others have not made', async () => {
  await fuzz();
  const before = await series();
  expect(before.join()).toContain('"createTask","status_class":"2xx"');
  expect(before.join()).not.toContain(MARK);

  await fuzz();
  await fuzz();
  expect(await series()).toEqual(before);

  const known = new Set([...Object.keys(operations), 'none']);
  const ids = (await server.scrape()).flatMap(({ labels }) => labels.operation_id ?? []);
  expect(ids.filter((id) => !known.has(id))).toEqual([]);
});
