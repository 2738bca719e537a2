import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { findFreePort } from '../../scripts/local/port.ts';
import { migrate, MigrationError } from '../../src/db/migrate.ts';
import { createTestDatabase } from '../support/database.ts';

/** Migrates a new database of that name, and drops it. */
async function withNewDatabase(action: (url: string) => Promise<void>): Promise<void> {
  const database = await createTestDatabase();
  const client = new pg.Client(database.url);
  await client.connect();
  try {
    await client.query('DROP TABLE idempotency_keys, tasks, users, schema_migrations');
    await action(database.url);
  } finally {
    await client.end();
    await database.drop();
  }
}

function withParameters(url: string, parameters: Record<string, string>): string {
  const changed = new URL(url);
  for (const [name, value] of Object.entries(parameters)) changed.searchParams.set(name, value);
  return changed.href;
}

describe('migrate', () => {
  test('applies every migration once, and says which', async () => {
    const files = await readdir(new URL('../../src/db/migrations', import.meta.url));
    await withNewDatabase(async (url) => {
      const lines: string[] = [];
      const onLine = (line: string) => lines.push(line);
      await migrate(url, { onLine });
      const applied = lines.filter((line) => line.startsWith('Applied:'));
      expect(applied.map((line) => line.split(' ')[1])).toEqual(files);

      lines.length = 0;
      await migrate(url, { onLine });
      expect(lines).toEqual([]);
    });
  });

  test('gives up what everybody would wait behind, changes nothing then, and succeeds when run again', async () => {
    await withNewDatabase(async (url) => {
      await migrate(url);
      const reader = new pg.Client(url);
      await reader.connect();
      // As it is before 0008.
      await reader.query(`
        CREATE INDEX tasks_by_created_at ON tasks (user_id, created_at, id);
        DELETE FROM schema_migrations WHERE version = '0008'`);
      const indexes = async () =>
        (await reader.query(`SELECT FROM pg_indexes WHERE tablename = 'tasks'`)).rowCount;
      await reader.query('BEGIN; SELECT FROM tasks');
      await expect(migrate(url)).rejects.toThrow('lock timeout');
      expect(await indexes()).toBe(5);
      await reader.query('COMMIT');
      await migrate(url);
      expect(await indexes()).toBe(4);
      await reader.end();
    });
  });

  test('understands the URLs that node-postgres, libpq and Neon use', async () => {
    await withNewDatabase(async (url) => {
      await migrate(withParameters(url, { sslmode: 'disable' }));
      await migrate(withParameters(url, { sslmode: 'prefer', channel_binding: 'require' }));
      // The test server has no TLS, which is how one sees that these ask for it.
      for (const sslmode of ['require', 'no-verify']) {
        const refused = migrate(withParameters(url, { sslmode }), { waitSeconds: 1 });
        await expect(refused).rejects.toThrow('SSL is not enabled');
      }
    });
  });

  test('never shows the password', async () => {
    // A password that is part of what dbmate says, so that one sees it replaced.
    const port = await findFreePort();
    const failed = migrate(`postgres://todo:refused@127.0.0.1:${port}/todo`, { waitSeconds: 1 });
    await expect(failed).rejects.toThrow(MigrationError);
    await expect(failed).rejects.toThrow('connection ***');
  });

  test.each([
    ['', 'not a postgres:// URL'],
    ['https://example.com/todo', 'not a postgres:// URL'],
    ['postgres://todo:100%@localhost/todo', 'stray %'],
    ['postgres://todo@ep-calm-sea-1-pooler.eu.aws.neon.tech/todo', 'DATABASE_URL_DIRECT'],
  ])('refuses %j without quoting it', async (url, message) => {
    await expect(migrate(url)).rejects.toThrow(message);
  });
});

test('npm run migrate prefers DATABASE_URL_DIRECT, which is that of the database itself', async () => {
  const database = await createTestDatabase();
  const { stdout } = await promisify(execFile)(process.execPath, ['scripts/migrate.ts'], {
    env: {
      DATABASE_URL: 'postgres://todo@ep-calm-sea-1-pooler.eu.aws.neon.tech/todo',
      DATABASE_URL_DIRECT: database.url,
    },
  });
  expect(stdout).toBe('The database is up to date.\n');
  await database.drop();
});
