import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { resolveBinary } from 'dbmate';
import { isNeonPooler } from './neon-hosts.ts';

const migrationsDirectory = fileURLToPath(new URL('migrations', import.meta.url));

/** The migrations could not be applied. The message is what dbmate said, without the password. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

export interface MigrateOptions {
  /** How long to wait for a server that does not answer yet, in seconds. Default 30. */
  readonly waitSeconds?: number;
  /** Called with each line that dbmate reports, without its line break. Default: nothing. */
  readonly onLine?: (line: string) => void;
}

/**
 * Creates the database if it does not exist, and applies every migration in `src/db/migrations` that it has not had yet,
 * each in a transaction of its own. Doing it again does nothing. The schema is not written to a file.
 *
 * @param databaseUrl `postgres://user:password@host:port/database`, of the server itself rather than of a pooler in
 *   transaction mode. Without `sslmode` the connection is encrypted where the server can (`prefer`, as in libpq).
 * @throws {MigrationError} when the server cannot be reached in time, or a migration fails.
 */
export async function migrate(databaseUrl: string, options: MigrateOptions = {}): Promise<void> {
  const url = parseDatabaseUrl(databaseUrl);
  const passwords = [url.password, decodePassword(url)];
  const args = ['--migrations-dir', migrationsDirectory, '--no-dump-schema', '--wait'];
  const child = spawn(
    resolveBinary(),
    [...args, '--wait-timeout', `${options.waitSeconds ?? 30}s`, 'up'],
    {
      // dbmate reads `.env` and DBMATE_* by itself: here it finds none, and the URL stays out of the list of processes.
      cwd: migrationsDirectory,
      env: { DATABASE_URL: toDbmateUrl(url) },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  const collect = (chunk: string) => void (output += chunk);
  child.stdout.setEncoding('utf8').on('data', collect);
  child.stderr.setEncoding('utf8').on('data', collect);
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const lines = redact(output, passwords).split('\n').filter(Boolean);
  if (exitCode !== 0) {
    throw new MigrationError(`Cannot migrate the database: ${lines.join('\n')}`);
  }
  for (const line of lines) options.onLine?.(line);
}

function parseDatabaseUrl(databaseUrl: string): URL {
  const url = URL.canParse(databaseUrl) ? new URL(databaseUrl) : undefined;
  if (url?.protocol !== 'postgres:' && url?.protocol !== 'postgresql:') {
    throw new MigrationError('Cannot migrate the database: its URL is not a postgres:// URL.');
  }
  if (isNeonPooler(databaseUrl)) {
    throw new MigrationError(
      "Cannot migrate the database: its host is Neon's pooler. Set DATABASE_URL_DIRECT to the same without -pooler.",
    );
  }
  return url;
}

/** The same address in the words of dbmate's driver, lib/pq, which differ from those of libpq and node-postgres. */
function toDbmateUrl(databaseUrl: URL): string {
  const url = new URL(databaseUrl);
  const sslMode = url.searchParams.get('sslmode');
  // lib/pq's own default, `require`, refuses the server on this machine and in a container beside us.
  if (sslMode === null) url.searchParams.set('sslmode', 'prefer');
  // Encrypted but not verified is `no-verify` for node-postgres and `require` for lib/pq.
  if (sslMode === 'no-verify') url.searchParams.set('sslmode', 'require');
  // Part of the URL that Neon shows; lib/pq would pass it on as a setting that the server does not know.
  url.searchParams.delete('channel_binding');
  return url.href;
}

function decodePassword(url: URL): string {
  try {
    return decodeURIComponent(url.password);
  } catch {
    throw new MigrationError('Cannot migrate the database: the password in its URL has a stray %.');
  }
}

function redact(text: string, passwords: readonly string[]): string {
  return passwords.reduce(
    (safe, word) => (word === '' ? safe : safe.replaceAll(word, '***')),
    text,
  );
}
