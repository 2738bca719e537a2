import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { root } from '../docs/markdown.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { newUsers, respect, type Inputs } from './respect.ts';
import { startTamperer, type Passing } from './tamperer.ts';

const journeys = readdirSync(new URL('openapi/workflows', root)).map((file) =>
  file.replace('.arazzo.yaml', ''),
);

/** For each journey what the server lacks, how that comes about, and the step that notices. */
const faults: readonly (readonly [
  string,
  string,
  (passing: Passing, inputs: Inputs) => void,
  string,
])[] = [
  ['task-journey', 'conditional reads', withoutHeader('if-none-match'), 'read-again'],
  ['pages', 'cursors', ({ url }) => url.searchParams.delete('cursor'), 'last-page'],
  ['stale-write', 'preconditions', withoutHeader('if-match'), 'stale-update'],
  ['idempotent-repeat', 'idempotency keys', withoutHeader('idempotency-key'), 'repeat'],
  [
    'two-users',
    'a difference between them',
    ({ headers }, { token }) => (headers.authorization = `Bearer ${token}`),
    'foreign-list',
  ],
  ['erasure', 'preconditions', withoutHeader('if-match'), 'erase'],
];

function withoutHeader(name: string): (passing: Passing) => void {
  return ({ headers }) => Reflect.deleteProperty(headers, name);
}

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

describe('the journeys of the contract', () => {
  test.each(journeys)('are made: %s', async (journey) => {
    const { passed, failed, exitCode } = await respect(journey, server.url, await newUsers());
    expect({ failed, exitCode }).toStrictEqual({ failed: [], exitCode: 0 });
    expect(passed.length).toBeGreaterThan(3);
  });

  test.each(faults)(
    'break off on a server without: %s, %s',
    async (journey, _lack, tamper, step) => {
      const inputs = await newUsers();
      const proxy = await startTamperer(server.url, (passing) => tamper(passing, inputs));
      try {
        const { failed, exitCode } = await respect(journey, proxy.origin, inputs);
        expect({ step: failed[0], exitCode }).toStrictEqual({ step, exitCode: 1 });
      } finally {
        await proxy.close();
      }
    },
  );

  test('are all seen to break off', () => {
    expect(faults.map(([journey]) => journey).sort()).toStrictEqual([...journeys].sort());
  });
});
