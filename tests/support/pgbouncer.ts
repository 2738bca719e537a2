import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { findFreePort } from '../../scripts/local/port.ts';
import { TIME_LIMITS } from '../../src/db/time-limits.ts';

/** A PgBouncer in transaction mode, as Neon's pooler is one. */
export interface PgBouncer {
  readonly port: number;
  stop(): Promise<void>;
}

const PROGRAM = process.env.PGBOUNCER ?? 'pgbouncer';
const ROLE = 'behind_pooler';

/**
 * Starts `pgbouncer` on a free port, in front of every database of a PostgreSQL. It lets in the role of that
 * URL, and makes its own connections as one that has the time limits, since whoever comes through it cannot set any.
 *
 * @param adminUrl `postgres://...` of that PostgreSQL
 * @throws what it has written, when it does not start
 */
export async function startPgBouncer(adminUrl: string): Promise<PgBouncer> {
  await makeRole(adminUrl);
  const { hostname, port: upstream, username, password } = new URL(adminUrl);
  const port = await findFreePort();
  const directory = await mkdtemp(join(tmpdir(), 'todo-api-pgbouncer-'));
  const file = join(directory, 'pgbouncer.ini');
  const passwords = join(directory, 'passwords');
  await writeFile(passwords, `"${username}" "${decodeURIComponent(password)}"\n`);
  const settings = [
    '[databases]',
    `* = host=${hostname} port=${upstream} user=${ROLE} password=${ROLE}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = scram-sha-256',
    `auth_file = ${passwords}`,
    'pool_mode = transaction',
    'default_pool_size = 20',
    'max_client_conn = 1000',
    // As often as a test file needs it: a database that has been dropped and made is another one.
    'server_idle_timeout = 5',
    'log_connections = 0',
    'log_disconnections = 0',
  ];
  await writeFile(file, `${settings.join('\n')}\n`);
  await chmod(directory, 0o755);
  // It refuses to run as root.
  const user = process.getuid?.() === 0 ? ['--user', 'nobody'] : [];
  const child = spawn(PROGRAM, [...user, file], { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (log += chunk));
  const ended = once(child, 'close');
  const over = ended.then(() => true);
  for (;;) {
    if (await accepts(port)) break;
    if (await Promise.race([over, sleep(20).then(() => false)])) {
      throw new Error(`${PROGRAM} did not start: ${log}`);
    }
  }
  return {
    port,
    async stop() {
      child.kill('SIGTERM');
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/**
 * Ends what a pooler has open to the database of a session. It would go on with connections that were made before a setting
 * of the database was changed. Without a pooler there is nothing to end.
 */
export async function endPooled({
  query,
}: {
  query: (text: string) => Promise<unknown>;
}): Promise<void> {
  await query(`
    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = '${ROLE}'`);
}

async function makeRole(adminUrl: string): Promise<void> {
  const client = new pg.Client(adminUrl);
  await client.connect();
  await client.query(`CREATE ROLE ${ROLE} SUPERUSER LOGIN PASSWORD '${ROLE}'`);
  for (const [name, milliseconds] of Object.entries(TIME_LIMITS)) {
    await client.query(`ALTER ROLE ${ROLE} SET ${name} = ${milliseconds}`);
  }
  await client.end();
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}
