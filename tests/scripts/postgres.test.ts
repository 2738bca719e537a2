import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, lstat, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { PostgresInUseError } from '../../scripts/local/hold.ts';
import { startPostgres, type RunningPostgres } from '../../scripts/local/postgres.ts';
import { readPostmaster } from '../../scripts/local/postmaster.ts';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../support/stack.ts';

jest.setTimeout(30_000);

const asRoot = process.getuid?.() === 0 ? test : test.skip;
const postgresModule = new URL('../../scripts/local/postgres.ts', import.meta.url).href;

describe('the local PostgreSQL', () => {
  let temporary: TemporaryDirectory;
  let directory: string;
  let running: RunningPostgres[];

  beforeEach(async () => {
    temporary = await makeTemporaryDirectory();
    directory = join(temporary.path, 'postgres');
    running = [];
  });

  afterEach(async () => {
    for (const postgres of running) await postgres.stop();
    await temporary.remove();
  });

  async function start(): Promise<RunningPostgres> {
    const postgres = await startPostgres({ directory, persistent: true });
    running.push(postgres);
    return postgres;
  }

  /** Starts it in another process, which does `before` first, and `then` when it is up. */
  function startElsewhere(then = '', before = '') {
    const program = `
      ${before}
      const { startPostgres } = await import(${JSON.stringify(postgresModule)});
      await startPostgres({ directory: ${JSON.stringify(directory)}, persistent: true });
      console.log('up');
      ${then}`;
    return spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }

  async function killElsewhere(): Promise<void> {
    const other = startElsewhere('setInterval(() => {}, 1000)');
    await once(other.stdout, 'data');
    other.kill('SIGKILL');
    await once(other, 'close');
  }

  test('listens on 127.0.0.1 only, wants the password, and flushes each commit', async () => {
    const { url } = await start();
    expect(new URL(url).hostname).toBe('127.0.0.1');
    const settings = await query(
      url,
      `SELECT name, setting FROM pg_settings WHERE name IN
        ('listen_addresses', 'unix_socket_directories', 'fsync', 'synchronous_commit',
         'data_checksums', 'password_encryption', 'server_encoding')
        ORDER BY name COLLATE "C"`,
    );
    expect(settings.map(({ name, setting }) => [name, setting])).toEqual([
      ['data_checksums', 'on'],
      ['fsync', 'on'],
      ['listen_addresses', '127.0.0.1'],
      ['password_encryption', 'scram-sha-256'],
      ['server_encoding', 'UTF8'],
      ['synchronous_commit', 'on'],
      ['unix_socket_directories', ''],
    ]);
    const wrong = new URL(url);
    wrong.password = 'postgres';
    await expect(query(wrong.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
    expect((await stat(join(directory, 'password'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(directory, 'postgres.log'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(directory, 'data'))).mode & 0o777).toBe(0o700);
  });

  test('is taken over when the process that started it was killed', async () => {
    await killElsewhere();
    const orphan = await readPostmaster(join(directory, 'data'));
    expect(orphan?.alive).toBe(true);
    const { url } = await start();
    expect(new URL(url).port).toBe(String(orphan?.port));
    await query(url, 'CREATE TABLE kept ()');
  });

  test('is held by one process at a time', async () => {
    await start();
    await expect(startPostgres({ directory, persistent: true })).rejects.toThrow(
      PostgresInUseError,
    );
  });

  /** What is in the directory, but for the programs, which are there too when this clone is closed to others. */
  const kept = async () =>
    (await readdir(directory)).filter((name) => !/^native-[\w.-]+$/.test(name));

  test('is started by one of two processes that begin at once on new data', async () => {
    const results = await Promise.allSettled([start(), start()]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const rejected = results.find((result) => result.status === 'rejected');
    expect(rejected?.reason).toBeInstanceOf(PostgresInUseError);
    expect(await kept()).toEqual(['data', 'password', 'postgres.log']);
  });

  test('recovers after it was itself killed', async () => {
    const first = await start();
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    const postmaster = await readPostmaster(join(directory, 'data'));
    process.kill(postmaster?.pid ?? 0, 'SIGKILL');
    await first.lost;
    const second = await start();
    await expect(query(second.url, 'SELECT answer FROM kept')).resolves.toEqual([{ answer: 42 }]);
  });

  test.each(['no process', 'another program'])(
    'starts when the left-over pid file names %s',
    async (what) => {
      const first = await start();
      // PostgreSQL by itself is taken in only by a program of its own user.
      const { uid, gid } = await stat(join(directory, 'data'));
      const program = spawn('sleep', ['60'], { uid, gid, cwd: '/' });
      const pid = what === 'no process' ? 999_999_999 : program.pid;
      await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
      const pidFile = join(directory, 'data', 'postmaster.pid');
      const text = await readFile(pidFile, 'utf8');
      await first.stop();
      running = [];
      await writeFile(pidFile, text.replace(/^\d+/, String(pid)));
      try {
        const second = await start();
        await expect(query(second.url, 'SELECT answer FROM kept')).resolves.toEqual([
          { answer: 42 },
        ]);
      } finally {
        program.kill();
      }
    },
  );

  test.each([150, 300, 450, 600])(
    'starts after an initialisation that was killed after %i ms',
    async (delay) => {
      const other = startElsewhere();
      await new Promise((resolve) => setTimeout(resolve, delay));
      other.kill('SIGKILL');
      await once(other, 'close');
      const { url } = await start();
      await expect(query(url, 'SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
      expect(await kept()).toEqual(['data', 'password', 'postgres.log']);
    },
  );

  test('removes what one has left that was killed before it had kept the password', async () => {
    const other = startElsewhere(
      '',
      `import fs from 'node:fs';
      import { syncBuiltinESMExports } from 'node:module';
      fs.promises.link = () => process.kill(process.pid, 'SIGKILL');
      syncBuiltinESMExports();`,
    );
    await once(other, 'close');
    expect(await kept()).toEqual([expect.stringMatching(/^draft-.+-password$/)]);
    await start();
    expect(await kept()).toEqual(['data', 'password', 'postgres.log']);
  });

  test('says so when the data is of another major version', async () => {
    await mkdir(join(directory, 'data'), { recursive: true });
    await writeFile(join(directory, 'data', 'PG_VERSION'), '17\n');
    await expect(start()).rejects.toThrow('was made by PostgreSQL 17; the installed one is 18');
  });

  asRoot('runs for root where others may not enter, and keeps the data', async () => {
    await chmod(temporary.path, 0o700);
    const first = await start();
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    running = [];
    expect((await lstat(directory)).isSymbolicLink()).toBe(true);

    const second = await start();
    await expect(query(second.url, 'SELECT answer FROM kept')).resolves.toEqual([{ answer: 42 }]);
    await second.stop();
    running = [];
    expect((await stat(temporary.path)).mode & 0o777).toBe(0o700);

    // Nothing of it stays when it is not to be kept.
    const third = await startPostgres({ directory, persistent: false });
    await third.stop();
    await expect(lstat(directory)).rejects.toThrow('ENOENT');
    await expect(lstat(third.directory)).rejects.toThrow('ENOENT');
  });
});

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
