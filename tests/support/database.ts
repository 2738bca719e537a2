import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** The environment variable by which jest's workers find the test server. */
export const adminUrlVariable = 'TEST_DATABASE_ADMIN_URL';

/** The migrated database from which the others are copied. */
export const templateDatabase = 'todo_template';

const objectInUse = '55006';
const attempts = 20;

export interface TestDatabase {
  /** `postgres://...`, of a database with all migrations and no rows. */
  readonly url: string;
  /** Ends all connections to it and deletes it. */
  drop(): Promise<void>;
}

/**
 * Makes a database for one test file, within some tens of milliseconds. Call it in `beforeAll`, and `drop` in `afterAll`.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const adminUrl = process.env[adminUrlVariable];
  if (adminUrl === undefined) throw new Error('The test database runs under jest only.');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await createFromTemplate(adminUrl, name);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () =>
      withClient(adminUrl, async (client) => {
        await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
      }),
  };
}

async function createFromTemplate(adminUrl: string, name: string): Promise<void> {
  await withClient(adminUrl, async (client) => {
    for (let attempt = 1; ; attempt++) {
      try {
        await client.query(`CREATE DATABASE ${name} TEMPLATE ${templateDatabase}`);
        return;
      } catch (error) {
        // Nobody can connect to the template, but PostgreSQL itself may be at work in it for a moment.
        const busy = error instanceof pg.DatabaseError && error.code === objectInUse;
        if (!busy || attempt === attempts) throw error;
        await sleep(50);
      }
    }
  });
}

async function withClient(
  url: string,
  action: (client: pg.Client) => Promise<void>,
): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await action(client);
  } finally {
    await client.end();
  }
}
