import { join, relative, resolve } from 'node:path';
import { migrate } from '../../src/db/migrate.ts';
import { chooseAddress } from './address.ts';
import { PostgresInUseError } from './hold.ts';
import { startPostgres, type RunningPostgres } from './postgres.ts';
import { keepSecret } from './secret.ts';
import { withoutEmpty } from './settings.ts';
import { startServer, type ServerProcess } from './server-process.ts';
import { watchForShutdown, type Shutdown } from './shutdown.ts';
import { signLocalToken } from './token.ts';
import { welcome } from './welcome.ts';

const day = 86_400;

export interface StackOptions {
  readonly dataDirectory: string;
  /** The environment of the server, which this completes. */
  readonly env: NodeJS.ProcessEnv;
}

/** What has been started and is to be stopped, in the opposite order. */
interface Running {
  postgres?: RunningPostgres;
  server?: ServerProcess;
}

/**
 * Runs the local stack until it is told to stop or a part of it ends: PostgreSQL (unless DATABASE_URL is set), the
 * migrations, the server. All of it has stopped when this returns.
 *
 * @returns the exit code: 0 when told to stop, or else the server's
 * @throws with a message for people when it cannot be started
 */
export async function runStack(options: StackOptions): Promise<number> {
  const shutdown = watchForShutdown();
  const running: Running = {};
  shutdown.onHurry(() => {
    running.server?.kill();
    running.postgres?.hurry();
  });
  try {
    return await run(options, running, shutdown);
  } catch (error) {
    // Ctrl-C reaches the programs that we wait for as well, so what they then fail with is not worth a word.
    if (shutdown.isRequested()) return 0;
    throw error;
  } finally {
    await running.server?.stop();
    await running.postgres?.stop();
    shutdown.dispose();
  }
}

async function run(options: StackOptions, running: Running, shutdown: Shutdown): Promise<number> {
  const env = withoutEmpty(options.env);
  const dataDirectory = resolve(options.dataDirectory);
  const address = await chooseAddress(env);
  const secret = env.JWT_SECRET ?? (await keepSecret(join(dataDirectory, 'jwt-secret')));

  let databaseUrl = env.DATABASE_URL;
  if (databaseUrl === undefined) {
    running.postgres = await startDatabase(dataDirectory);
    databaseUrl = running.postgres.url;
  }
  await migrate(
    env.DATABASE_URL === undefined ? databaseUrl : (env.DATABASE_URL_DIRECT ?? databaseUrl),
  );
  if (shutdown.isRequested()) return 0;

  const server = startServer(
    { ...env, PORT: String(address.port), DATABASE_URL: databaseUrl, JWT_SECRET: secret },
    address.baseUrl,
  );
  running.server = server;
  const end = Promise.race([
    server.ended,
    shutdown.requested.then(() => 0),
    failWhenLost(running.postgres),
  ]);
  const isReady = await Promise.race([server.ready, end.then(() => undefined)]);
  if (isReady === false) {
    // It has said why by itself, unless it is still trying.
    return await Promise.race([end, failWhenSilent(address.baseUrl)]);
  }
  if (isReady === true) {
    const token = await signLocalToken({
      secret,
      subject: 'alice',
      ttl: day,
      issuer: env.JWT_ISSUER,
      audience: env.JWT_AUDIENCE,
    });
    process.stdout.write(welcome(address.baseUrl, token));
  }
  return await end;
}

async function startDatabase(dataDirectory: string): Promise<RunningPostgres> {
  const directory = join(dataDirectory, 'postgres');
  try {
    const postgres = await startPostgres({ directory, persistent: true, database: 'todo' });
    if (postgres.directory !== directory) {
      process.stdout.write(`The data is kept in ${postgres.directory}\n`);
    }
    return postgres;
  } catch (error) {
    if (!(error instanceof PostgresInUseError)) throw error;
    throw new Error(
      `The data in ${relative('', dataDirectory) || '.'} is already in use: ${error.holder} runs on it.\n` +
        'Stop that npm start first, or use other data:  npm start -- --data .data/second',
      { cause: error },
    );
  }
}

async function failWhenLost(postgres: RunningPostgres | undefined): Promise<never> {
  await (postgres?.lost ?? new Promise(() => undefined));
  throw new Error(`PostgreSQL has ended. See ${postgres?.directory ?? ''}/postgres.log`);
}

async function failWhenSilent(baseUrl: string): Promise<never> {
  // The exit of a process is reported a moment after its connections have closed.
  await new Promise((done) => setTimeout(done, 200));
  throw new Error(`The server does not answer at ${baseUrl}/readyz.`);
}
