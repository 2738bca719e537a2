/**
 * Applies the migrations in src/db/migrations to DATABASE_URL_DIRECT, or else to DATABASE_URL.
 */
import { parseArgs } from 'node:util';
import { migrate } from '../src/db/migrate.ts';

const HELP = `Usage: DATABASE_URL=postgres://... npm run migrate [-- --wait SECONDS]

Creates the database if it does not exist and applies the migrations it has not had yet.
Doing it again does nothing.

  DATABASE_URL_DIRECT  used instead of DATABASE_URL when set: the address of the database itself, where
                       DATABASE_URL is that of a connection pooler

  --wait SECONDS  how long to wait for the server to answer; default 30
  --help          show this
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      wait: { type: 'string', default: '30' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const { DATABASE_URL, DATABASE_URL_DIRECT } = process.env;
  const databaseUrl = [DATABASE_URL_DIRECT, DATABASE_URL].find(Boolean);
  if (databaseUrl === undefined) throw new Error('DATABASE_URL is required. See --help.');
  if (!/^\d{1,5}$/.test(values.wait)) throw new Error('--wait takes a whole number of seconds.');
  let applied = 0;
  await migrate(databaseUrl, {
    waitSeconds: Number(values.wait),
    onLine(line) {
      applied += 1;
      process.stdout.write(`${line}\n`);
    },
  });
  if (applied === 0) process.stdout.write('The database is up to date.\n');
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
