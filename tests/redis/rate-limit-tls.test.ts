import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';
import { createInstance, remaining, runProcesses } from './limiter.ts';

let directory: string;
let cert: string;
let redis: TestRedis;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'todo-api-redis-tls-'));
  cert = join(directory, 'cert.pem');
  const key = join(directory, 'key.pem');
  const args =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost';
  const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  await promisify(execFile)('openssl', [
    ...args.split(' '),
    ...names,
    '-keyout',
    key,
    '-out',
    cert,
  ]);
  redis = await startRedis({ password: 'secret', tls: { key, cert } });
});

afterAll(async () => {
  await redis.close();
  await rm(directory, { recursive: true, force: true });
});

test('a rediss URL speaks TLS, to a server whose certificate is trusted', async () => {
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: cert };
  const runs = await runProcesses(1, [redis.url, '20', '100'], env);
  expect(runs).toEqual([{ users: 20, addresses: 20, fellBack: false }]);
  expect(await redis.client.keys('todo-api:limit:60:user:*')).toHaveLength(1);
});

test('a server whose certificate is not trusted is done without', async () => {
  const instance = createInstance(redis.url);
  try {
    await until(() => instance.fallbacks.length === 1);
    expect(instance.lines).toMatchObject([
      { level: 40, reason: expect.stringContaining('self-signed certificate') },
    ]);
    expect(await remaining(instance, 'alice')).toBe(99);
  } finally {
    await instance.limiter.close();
  }
});
