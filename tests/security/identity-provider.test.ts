import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { createAuthenticator } from '../../src/auth/authenticator.ts';
import { awaited } from '../support/awaited.ts';
import { createClient } from '../support/client.ts';
import { createTestDatabase } from '../support/database.ts';
import { type IdentityProvider, startIdentityProvider } from '../support/identity-provider.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signToken } from '../support/tokens.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let provider: IdentityProvider;
const servers: TestServer[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  provider = await startIdentityProvider(database.url);
});

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

afterAll(async () => {
  await provider.close();
  await database.drop();
});

/** Starts an API on the provider's database that trusts the provider, and nothing else. */
async function startTrustingServer(jwksUrl = provider.jwksUrl.href): Promise<TestServer> {
  const server = await startTestServer({
    DATABASE_URL: database.url,
    JWT_SECRET: undefined,
    JWKS_URL: jwksUrl,
    JWT_ISSUER: provider.origin,
    JWT_AUDIENCE: provider.origin,
  });
  servers.push(server);
  return server;
}

describe('a token of Better Auth', () => {
  test('is what the configuration expects: EdDSA, no type, issuer and audience its base URL', async () => {
    const alice = await provider.signUp('shape@example.com');
    const token = await alice.token();
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'EdDSA', kid: expect.any(String) });
    const { iss, aud, sub, iat = 0, exp = 0 } = decodeJwt(token);
    expect({ iss, aud, sub }).toEqual({
      iss: provider.origin,
      aud: provider.origin,
      sub: alice.id,
    });
    expect(exp - iat).toBe(900);
  });

  test('proves its user to the authenticator, until the provider withdraws its key', async () => {
    let now = Date.now();
    const authenticate = awaited(
      createAuthenticator(
        { jwksUrl: provider.jwksUrl, issuer: provider.origin, audience: provider.origin },
        { now: () => now },
      ),
    );
    const alice = await provider.signUp('rotation@example.com');
    const old = `Bearer ${await alice.token()}`;
    await expect(authenticate(old)).resolves.toMatchObject({ subject: alice.id });

    await provider.rotate();
    const renewed = `Bearer ${await alice.token()}`;
    expect(keyOf(renewed)).not.toBe(keyOf(old));
    await expect(authenticate(renewed)).resolves.toMatchObject({ subject: alice.id });
    await expect(authenticate(old)).resolves.toMatchObject({ subject: alice.id });

    await provider.withdrawReplacedKeys();
    now += 6 * 60_000;
    await expect(authenticate(old)).rejects.toMatchObject({ reason: 'key' });
    await expect(authenticate(renewed)).resolves.toMatchObject({ subject: alice.id });
  });
});

describe('the API with Better Auth as identity provider', () => {
  test('serves a user who has signed up there, through a rotation of the key', async () => {
    const alice = await provider.signUp('alice@example.com');
    const tasks = `/api/${alice.id}/tasks`;
    const server = await startTrustingServer();
    const old = await alice.token();
    const before = createClient(server.url, old);
    const created = await before('POST', tasks, { body: { title: 'Before the rotation' } });
    expect(created.status).toBe(201);

    await provider.rotate();
    const renewed = await alice.token();
    expect(keyOf(renewed)).not.toBe(keyOf(old));
    const after = createClient(server.url, renewed);
    expect((await after('POST', tasks, { body: { title: 'After it' } })).status).toBe(201);
    expect((await before('GET', tasks)).body.items).toHaveLength(2);

    // A server that starts now, as one would see it whose key set has become old.
    await provider.withdrawReplacedKeys();
    const later = await startTrustingServer();
    expect((await createClient(later.url, renewed)('GET', tasks)).body.items).toHaveLength(2);
    const refused = await createClient(later.url, old)('GET', tasks);
    expect(refused).toMatchObject({ status: 401, body: { code: 'invalid_token' } });
    expect(refused.headers.get('www-authenticate')).toContain('error="invalid_token"');
  });

  test('keeps its users apart', async () => {
    const bob = await provider.signUp('bob@example.com');
    const carol = await provider.signUp('carol@example.com');
    const server = await startTrustingServer();
    const asBob = createClient(server.url, await bob.token());
    expect((await asBob('GET', `/api/${bob.id}/tasks`)).status).toBe(200);
    const foreign = await asBob('GET', `/api/${carol.id}/tasks`);
    expect(foreign).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });

  test('takes no token that is signed with a secret', async () => {
    const server = await startTrustingServer();
    const { origin } = provider;
    const token = await signToken({ sub: 'alice', iss: origin, aud: origin });
    const refused = await createClient(server.url, token)('GET', '/api/alice/tasks');
    expect(refused).toMatchObject({ status: 401, body: { code: 'invalid_token' } });
  });

  test('answers 503, not 401, while the keys cannot be fetched', async () => {
    const dave = await provider.signUp('dave@example.com');
    const token = await dave.token();
    const server = await startTrustingServer(`${provider.origin}/nowhere`);
    const answer = await createClient(server.url, token)('GET', `/api/${dave.id}/tasks`);
    expect(answer).toMatchObject({ status: 503, body: { code: 'service_unavailable' } });
    expect(answer.headers.get('retry-after')).toBe('5');
    expect((await createClient(server.url)('GET', '/readyz')).status).toBe(200);
  });
});

/** The key that a token, or the field that carries it, names. */
function keyOf(token: string): string | undefined {
  return decodeProtectedHeader(token.replace('Bearer ', '')).kid;
}
