import { createServer } from 'node:http';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import { jwt } from 'better-auth/plugins/jwt';
import pg from 'pg';
import { listen } from './listen.ts';

/** How long a replaced key stays published, in seconds. */
const GRACE_PERIOD = 3600;

/** A user of the identity provider, signed in. */
export interface Account {
  /** The subject of the user's tokens. */
  readonly id: string;
  /** Fetches a new token, as the front end does, with the session's cookie. */
  token(): Promise<string>;
}

/** Better Auth with its JWT plugin, at an address of its own. */
export interface IdentityProvider {
  /** What its tokens name as issuer and as audience: its own origin. */
  readonly origin: string;
  readonly jwksUrl: URL;
  /** Creates a user with e-mail address and password, over HTTP. */
  signUp(email: string): Promise<Account>;
  /**
   * Lets the present keys come to their end, as the rotation interval does: the next token is signed with a new key, and
   * the old ones stay published through the grace period.
   */
  rotate(): Promise<void>;
  /** Lets the grace period of replaced keys come to its end: they are published no more. */
  withdrawReplacedKeys(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts Better Auth as its documentation has it, in this process, on a free port, and creates its tables.
 *
 * @param databaseUrl a PostgreSQL database; the tables are `user`, `session`, `account`, `verification` and `jwks`
 */
export async function startIdentityProvider(databaseUrl: string): Promise<IdentityProvider> {
  const database = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  const server = createServer();
  const { origin, close } = await listen(server);
  const options = {
    baseURL: origin,
    secret: 'test-only-secret-of-the-identity-provider',
    database,
    emailAndPassword: { enabled: true },
    plugins: [jwt({ jwks: { rotationInterval: 24 * GRACE_PERIOD, gracePeriod: GRACE_PERIOD } })],
    telemetry: { enabled: false },
  };
  const { runMigrations } = await getMigrations(options);
  await runMigrations();
  const auth = betterAuth(options);
  // It loads modules in the background, which jest forbids between tests.
  await auth.$context;
  const handle = toNodeHandler(auth);
  server.on('request', (request, response) => void handle(request, response));

  return {
    origin,
    jwksUrl: new URL('/api/auth/jwks', origin),
    async signUp(email) {
      const response = await fetch(`${origin}/api/auth/sign-up/email`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Origin: origin },
        body: JSON.stringify({ name: email, email, password: 'correct horse battery staple' }),
      });
      const { user } = await answer(response);
      const cookie = response.headers
        .getSetCookie()
        .map((field) => field.split(';')[0])
        .join('; ');
      return {
        id: user.id,
        async token() {
          const fetched = await fetch(`${origin}/api/auth/token`, { headers: { Cookie: cookie } });
          return (await answer(fetched)).token;
        },
      };
    },
    async rotate() {
      await database.query(`UPDATE jwks SET "expiresAt" = now() - interval '1 second'`);
    },
    async withdrawReplacedKeys() {
      await database.query(
        `UPDATE jwks SET "expiresAt" = now() - make_interval(secs => $1) WHERE "expiresAt" < now()`,
        [GRACE_PERIOD + 1],
      );
    },
    async close() {
      await close();
      await database.end();
    },
  };
}

/** The JSON of a good answer: the provider's own API, of which little is needed. */
async function answer(response: Response): Promise<any> {
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${await response.text()}`);
  return response.json();
}
