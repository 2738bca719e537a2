import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';

/** A Redis of one test file, which the test may hurt. */
export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** A connection to look into it; it reconnects by itself. */
  readonly client: Redis;
  /** Stops the process as it is: connections stay open, nothing is answered. */
  pause(): void;
  /** Lets a paused process go on. */
  unpause(): void;
  /** Kills the process. All data is gone. */
  kill(): Promise<void>;
  /** Starts it anew, on the same port, after `kill`. */
  revive(): Promise<void>;
  /** Ends it for good. */
  close(): Promise<void>;
}

interface RedisOptions {
  /** Of the user `default`. */
  readonly password?: string;
  /** Files of a key and its certificate, for a Redis that speaks TLS alone. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** Starts `redis-server`, which must be installed, on a free port, without any persistence. */
export async function startRedis({ password, tls }: RedisOptions = {}): Promise<TestRedis> {
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), 'todo-api-redis-'));
  const args = [
    ...['--bind', '127.0.0.1', '--dir', directory, '--save', '', '--appendonly', 'no'],
    ...(tls
      ? ['--port', '0', '--tls-port', `${port}`, '--tls-auth-clients', 'no']
      : ['--port', `${port}`]),
    ...(tls ? ['--tls-key-file', tls.key, '--tls-cert-file', tls.cert] : []),
    ...(password === undefined ? [] : ['--requirepass', password]),
  ];
  const userinfo = password === undefined ? '' : `:${password}@`;
  const client = new Redis({
    port,
    host: '127.0.0.1',
    ...(password !== undefined && { password }),
    ...(tls && { tls: { rejectUnauthorized: false } }),
    retryStrategy: () => 20,
    maxRetriesPerRequest: null,
    lazyConnect: true,
  });
  client.on('error', () => undefined);
  let server = await launch();
  await client.connect();

  async function launch(): Promise<ChildProcess> {
    const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    const failed = Promise.race([once(child, 'exit'), once(child, 'error')]);
    while (!output.includes('Ready to accept connections')) {
      const ended = await Promise.race([failed, once(child.stdout, 'data').then(() => undefined)]);
      if (ended) throw new Error(`redis-server did not start: ${String(ended[0])}\n${output}`);
    }
    return child;
  }

  async function kill(): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
  }

  return {
    url: `${tls ? 'rediss' : 'redis'}://${userinfo}127.0.0.1:${port}`,
    port,
    client,
    pause: () => server.kill('SIGSTOP'),
    unpause: () => server.kill('SIGCONT'),
    kill,
    async revive() {
      server = await launch();
      while (client.status !== 'ready') await sleep(10);
    },
    async close() {
      client.disconnect();
      await kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A port of the loopback interface that nobody has at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  server.close();
  await once(server, 'close');
  return address.port;
}
