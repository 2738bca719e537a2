import { once } from 'node:events';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { startServerProcess } from '../support/process.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { TEST_JWT_SECRET } from '../support/tokens.ts';
import { wayOf } from '../support/way.ts';
import { beginExport, insertManyTasks, LINES_TYPE } from './exports.ts';

jest.setTimeout(120_000);

const COUNT = 15_000;

/** The heap that the server gets, in MB. A third of it is in use before the first request. */
const HEAP = 80;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

test('exports far more than fits into its memory', async () => {
  await insertManyTasks(server, 'alice', COUNT);
  const small = startServerProcess({
    ...wayOf(server.databaseUrl),
    JWT_SECRET: TEST_JWT_SECRET,
    NODE_OPTIONS: `--max-old-space-size=${HEAP}`,
    PORT: '0',
    RATE_LIMIT: 'off',
  });
  try {
    const { address } = await small.logged('listening');
    const url = `http://127.0.0.1:${address.port}`;
    const response = await beginExport({ ...server, url }, 'alice', LINES_TYPE);
    let bytes = 0;
    let lines = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      lines += chunk.toString('latin1').split('\n').length - 1;
    });
    await once(response, 'end');
    expect(response.complete).toBe(true);
    expect(lines).toBe(COUNT + 1);
    expect(bytes).toBeGreaterThan(1.5 * HEAP * 1024 * 1024);
  } finally {
    small.kill('SIGTERM');
    await small.exit;
  }
});
