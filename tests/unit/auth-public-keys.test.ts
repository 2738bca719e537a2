import { constants, createPublicKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import { exportJWK, exportSPKI, generateKeyPair, type JWK } from 'jose';
import { createAuthenticator } from '../../src/auth/authenticator.ts';
import { awaited } from '../support/awaited.ts';
import {
  TEST_AUDIENCE,
  TEST_ISSUER,
  createSigningKey,
  startJwksEndpoint,
  type JwksEndpoint,
  type SigningKey,
} from '../support/jwks.ts';
import { TEST_JWT_SECRET, forgeToken, signToken } from '../support/tokens.ts';

const endpoints: JwksEndpoint[] = [];

afterEach(async () => {
  await Promise.all(endpoints.splice(0).map((endpoint) => endpoint.close()));
});

/** An authenticator over an endpoint with these keys; with a secret, it takes HS256 tokens as well. */
async function serve(keys: JWK[], jwtSecret?: string) {
  const endpoint = await startJwksEndpoint(keys);
  endpoints.push(endpoint);
  const authenticate = awaited(
    createAuthenticator({
      jwksUrl: endpoint.url,
      issuer: TEST_ISSUER,
      audience: TEST_AUDIENCE,
      jwtSecret,
    }),
  );
  return { endpoint, authenticate: (token: string) => authenticate(`Bearer ${token}`) };
}

const CLAIMS = { sub: 'alice', iss: TEST_ISSUER, aud: TEST_AUDIENCE };

describe('public keys', () => {
  test.each(['EdDSA', 'Ed25519', 'ES256', 'RS256', 'PS256'])('verify %s', async (alg) => {
    const key = await createSigningKey(alg, 'one');
    const other = await createSigningKey(alg, 'one');
    const { authenticate } = await serve([key.jwk]);
    await expect(authenticate(await key.sign())).resolves.toMatchObject({ subject: 'alice' });
    await expect(authenticate(await other.sign())).rejects.toMatchObject({ reason: 'signature' });
    await expect(authenticate(await key.sign({ exp: 1 }))).rejects.toMatchObject({
      reason: 'expired',
    });
    await expect(authenticate(await key.sign({ aud: 'other' }))).rejects.toMatchObject({
      reason: 'audience',
    });
    await expect(authenticate(await key.sign({ iss: 'other' }))).rejects.toMatchObject({
      reason: 'issuer',
    });
  });

  test.each(['ES384', 'ES512', 'RS384', 'RS512', 'PS384', 'PS512'])(
    'do not verify %s, which is not pinned',
    async (alg) => {
      const key = await createSigningKey(alg, 'one');
      const { authenticate, endpoint } = await serve([key.jwk]);
      await expect(authenticate(await key.sign())).rejects.toMatchObject({ reason: 'algorithm' });
      expect(endpoint.requests).toBe(0);
    },
  );

  test('are never an HMAC secret, in whatever form the attacker writes them', async () => {
    const keys = [await createSigningKey('RS256', 'rsa'), await createSigningKey('EdDSA', 'ed')];
    const jwks = keys.map((key) => key.jwk);
    const alone = await serve(jwks);
    const both = await serve(jwks, TEST_JWT_SECRET);
    const exp = Math.floor(Date.now() / 1000) + 300;
    for (const key of keys) {
      const pem = await exportSPKI(key.publicKey);
      const der = createPublicKey(pem).export({ format: 'der', type: 'spki' });
      const x = Buffer.from(key.jwk.x ?? key.jwk.n ?? '', 'base64url');
      for (const secret of [pem, pem.trim(), `${pem}\n`, der, JSON.stringify(key.jwk), x, '']) {
        const header = JSON.stringify({ alg: 'HS256', kid: key.jwk.kid });
        const token = forgeToken(header, JSON.stringify({ ...CLAIMS, exp }), secret);
        await expect(alone.authenticate(token)).rejects.toMatchObject({ reason: 'algorithm' });
        await expect(both.authenticate(token)).rejects.toMatchObject({ reason: 'signature' });
      }
    }
  });

  test('and a secret work side by side during a migration, each for its own algorithms', async () => {
    const key = await createSigningKey('ES256', 'one');
    const { authenticate } = await serve([key.jwk], TEST_JWT_SECRET);
    await expect(authenticate(await key.sign())).resolves.toMatchObject({ subject: 'alice' });
    await expect(authenticate(await signToken(CLAIMS))).resolves.toMatchObject({
      subject: 'alice',
    });
    await expect(authenticate(await signToken({ sub: 'alice' }))).rejects.toMatchObject({
      reason: 'issuer',
    });
    const single = await serve([key.jwk]);
    await expect(single.authenticate(await signToken(CLAIMS))).rejects.toMatchObject({
      reason: 'algorithm',
    });
  });

  test('in the token itself are ignored', async () => {
    const trusted = await createSigningKey('ES256', 'one');
    const mine = await createSigningKey('ES256', 'one');
    const evil = await serve([mine.jwk]);
    const { authenticate } = await serve([trusted.jwk]);
    for (const header of [
      { jwk: mine.jwk },
      { jku: evil.endpoint.url.href },
      { x5u: evil.endpoint.url.href },
      { x5c: ['MIIB'] },
    ]) {
      await expect(authenticate(await mine.sign({}, header))).rejects.toMatchObject({
        reason: 'signature',
      });
      await expect(
        authenticate(await mine.sign({}, { ...header, kid: 'mine' })),
      ).rejects.toMatchObject({ reason: 'key' });
    }
    expect(evil.endpoint.requests).toBe(0);
  });
});

describe('the key id', () => {
  test.each(['two', 'ONE', 'one ', '', '../one', "' OR '1'='1", '__proto__', 'constructor'])(
    'is compared exactly: %j is not "one"',
    async (kid) => {
      const key = await createSigningKey('ES256', 'one');
      const { authenticate } = await serve([key.jwk]);
      await expect(authenticate(await key.sign({}, { kid }))).rejects.toMatchObject({
        reason: 'key',
      });
    },
  );

  test('may be left out while one key alone fits the algorithm', async () => {
    const key = await createSigningKey('ES256', 'one');
    const second = await createSigningKey('ES256', 'two');
    const rsa = await createSigningKey('RS256', 'three');
    const { authenticate, endpoint } = await serve([key.jwk, rsa.jwk]);
    const token = await unnamed(key);
    await expect(authenticate(token)).resolves.toMatchObject({ subject: 'alice' });
    endpoint.keys.push(second.jwk);
    const { authenticate: later } = await serve(endpoint.keys);
    await expect(later(token)).rejects.toMatchObject({ reason: 'key' });
  });

  test('that two keys share is refused, unless the algorithm tells them apart', async () => {
    const key = await createSigningKey('ES256', 'one');
    const twin = await createSigningKey('ES256', 'one');
    const rsa = await createSigningKey('RS256', 'one');
    const ambiguous = await serve([key.jwk, twin.jwk]);
    await expect(ambiguous.authenticate(await key.sign())).rejects.toMatchObject({ reason: 'key' });
    const { authenticate } = await serve([key.jwk, rsa.jwk]);
    await expect(authenticate(await key.sign())).resolves.toMatchObject({ subject: 'alice' });
    await expect(authenticate(await rsa.sign())).resolves.toMatchObject({ subject: 'alice' });
  });

  /** A token of this key that does not name it. */
  function unnamed(key: SigningKey): Promise<string> {
    return key.sign({}, { kid: undefined });
  }
});

describe('a published key', () => {
  test.each<[string, Partial<JWK>]>([
    ['is for encryption', { use: 'enc' }],
    ['is for another algorithm', { alg: 'ES384' }],
    ['may not verify', { key_ops: ['deriveKey'] }],
    ['is of another curve', { crv: 'P-384' }],
    ['is not on the curve', { x: 'AAAA' }],
    ['is not of its type', { kty: 'OKP' }],
  ])('that %s is not used', async (_name, change) => {
    const key = await createSigningKey('ES256', 'one');
    const { authenticate } = await serve([{ ...key.jwk, ...change }]);
    await expect(authenticate(await key.sign())).rejects.toMatchObject({ reason: 'key' });
  });

  test('that is a private or a symmetric key is not used', async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const key = await createSigningKey('ES256', 'one');
    const leaked = { ...(await exportJWK(privateKey)), kid: 'one', alg: 'ES256' };
    const { authenticate } = await serve([leaked]);
    await expect(authenticate(await key.sign())).rejects.toMatchObject({ reason: 'key' });

    const k = Buffer.from(TEST_JWT_SECRET).toString('base64url');
    const symmetric = await serve([{ kty: 'oct', k, kid: 'one', alg: 'HS256' }]);
    const token = await signToken(CLAIMS, { header: { kid: 'one' } });
    await expect(symmetric.authenticate(token)).rejects.toMatchObject({ reason: 'algorithm' });
  });

  test.each(['RS256', 'PS256'])('of 1024 bits is too small for %s', async (alg) => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const header = { alg, kid: 'weak' };
    const payload = { ...CLAIMS, exp: Math.floor(Date.now() / 1000) + 300 };
    const input = [header, payload]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    const signature = sign('sha256', Buffer.from(input), {
      key: privateKey,
      padding: alg === 'PS256' ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING,
      saltLength: 32,
    });
    const { authenticate } = await serve([{ ...publicKey.export({ format: 'jwk' }), kid: 'weak' }]);
    await expect(authenticate(`${input}.${signature.toString('base64url')}`)).rejects.toMatchObject(
      {
        reason: 'key',
      },
    );
  });

  test('that cannot be used does not take the others down', async () => {
    const key = await createSigningKey('EdDSA', 'one');
    const strange = { kty: 'AKP', alg: 'ML-DSA-99', kid: randomUUID(), pub: 'AAAA' };
    const { authenticate } = await serve([
      strange,
      { kty: 'new' },
      key.jwk,
      { kty: 'RSA', kid: 'x' },
    ]);
    await expect(authenticate(await key.sign())).resolves.toMatchObject({ subject: 'alice' });
  });
});
