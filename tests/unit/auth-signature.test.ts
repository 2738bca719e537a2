import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { createAuthenticator } from '../../src/auth/authenticator.ts';
import { AuthenticationError } from '../../src/auth/errors.ts';
import { awaited } from '../support/awaited.ts';
import { createSigningKey } from '../support/jwks.ts';
import { TEST_JWT_SECRET, forgeToken, signToken } from '../support/tokens.ts';

const authenticate = awaited(createAuthenticator({ jwtSecret: TEST_JWT_SECRET }));

/** The error that a field value is refused with. */
async function refusal(authorization: string | undefined): Promise<AuthenticationError> {
  const error: unknown = await authenticate(authorization).catch((thrown: unknown) => thrown);
  if (!(error instanceof AuthenticationError)) throw new Error('The token was not refused.');
  return error;
}

const HS256 = '{"alg":"HS256"}';
const END = '99999999999';
const PAYLOAD = `{"sub":"alice","exp":${END}}`;

describe('the signature', () => {
  test('is checked against the secret', async () => {
    const secret = 'another-secret-that-is-long-enough-for-hs256';
    const token = await signToken({ sub: 'alice' }, { secret });
    expect((await refusal(`Bearer ${token}`)).reason).toBe('signature');
  });

  test('covers header and payload', async () => {
    const [header = '', payload = '', signature = ''] = forgeToken(HS256, PAYLOAD).split('.');
    const other = Buffer.from(PAYLOAD.replace('alice', 'mallory')).toString('base64url');
    const typed = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url');
    expect((await refusal(`Bearer ${header}.${other}.${signature}`)).reason).toBe('signature');
    expect((await refusal(`Bearer ${typed}.${payload}.${signature}`)).reason).toBe('signature');
  });

  test('must be whole', async () => {
    const token = forgeToken(HS256, PAYLOAD);
    expect((await refusal(`Bearer ${token.slice(0, -4)}`)).reason).toBe('signature');
    expect((await refusal(`Bearer ${token.slice(0, token.lastIndexOf('.') + 1)}`)).reason).toBe(
      'signature',
    );
  });

  test.each([
    ['none', '{"alg":"none"}'],
    ['None', '{"alg":"None"}'],
    ['HS384', '{"alg":"HS384"}'],
    ['HS512', '{"alg":"HS512"}'],
    ['hs256', '{"alg":"hs256"}'],
    ['__proto__', '{"alg":"__proto__"}'],
    ['constructor', '{"alg":"constructor"}'],
    ['a list', '{"alg":["HS256"]}'],
    ['nothing', '{}'],
    ['the last of two', '{"alg":"HS256","alg":"none"}'],
  ])('of the algorithm %s is refused', async (_name, header) => {
    expect((await refusal(`Bearer ${forgeToken(header, PAYLOAD)}`)).reason).toBe('algorithm');
  });

  test('of another hash is refused, though the secret is right', async () => {
    const token = forgeToken('{"alg":"HS512"}', PAYLOAD, TEST_JWT_SECRET, 'sha512');
    expect((await refusal(`Bearer ${token}`)).reason).toBe('algorithm');
  });

  test('may not be missing: alg none with an empty signature', async () => {
    const token = forgeToken('{"alg":"none"}', PAYLOAD);
    const unsigned = token.slice(0, token.lastIndexOf('.') + 1);
    expect((await refusal(`Bearer ${unsigned}`)).reason).toBe('algorithm');
  });

  test('by a key that the header itself brings is refused', async () => {
    const key = await createSigningKey('ES256', 'mine');
    const token = await key.sign({}, { jwk: key.jwk });
    expect((await refusal(`Bearer ${token}`)).reason).toBe('algorithm');
    const symmetric = { kty: 'oct', k: Buffer.from('x'.repeat(32)).toString('base64url') };
    const own = await signToken(
      { sub: 'alice' },
      { secret: 'x'.repeat(32), header: { jwk: symmetric } },
    );
    expect((await refusal(`Bearer ${own}`)).reason).toBe('signature');
  });
});

describe('the header', () => {
  test.each([
    ['is not JSON', 'HS256'],
    ['is not an object', '["HS256"]'],
    ['demands an unknown extension', '{"alg":"HS256","crit":["x"],"x":1}'],
    ['demands an extension of Object', '{"alg":"HS256","crit":["toString"],"toString":1}'],
    ['has an empty crit', '{"alg":"HS256","crit":[]}'],
  ])('that %s is refused', async (_name, header) => {
    expect((await refusal(`Bearer ${forgeToken(header, PAYLOAD)}`)).reason).toBe('malformed');
  });

  test('that switches off the encoding of the payload is refused (RFC 7797)', async () => {
    const header = Buffer.from('{"alg":"HS256","b64":false,"crit":["b64"]}').toString('base64url');
    const payload = Buffer.from(PAYLOAD).toString('base64url');
    const input = `${header}.${payload}`;
    const signature = createHmac('sha256', TEST_JWT_SECRET).update(input).digest('base64url');
    expect((await refusal(`Bearer ${input}.${signature}`)).reason).toBe('malformed');
  });

  test.each([undefined, 'JWT', 'jwt', 'at+jwt', 'application/at+jwt', 'application/JWT'])(
    'may give the type %j',
    async (typ) => {
      const token = await signToken({ sub: 'alice' }, typ === undefined ? {} : { header: { typ } });
      await expect(authenticate(`Bearer ${token}`)).resolves.toMatchObject({ subject: 'alice' });
    },
  );

  test.each(['"logout+jwt"', '"better-auth.session-cache+jwt"', '"dpop+jwt"', '""', '1', 'null'])(
    'may not give the type %s',
    async (typ) => {
      const token = forgeToken(`{"alg":"HS256","typ":${typ}}`, PAYLOAD);
      expect((await refusal(`Bearer ${token}`)).reason).toBe('type');
    },
  );
});
