import { describe, expect, test } from '@jest/globals';
import { createAuthenticator } from '../../src/auth/authenticator.ts';
import { AuthenticationError } from '../../src/auth/errors.ts';
import { awaited } from '../support/awaited.ts';
import { TEST_JWT_SECRET, forgeToken, signToken } from '../support/tokens.ts';

const authenticate = awaited(createAuthenticator({ jwtSecret: TEST_JWT_SECRET }));

/** The error that a field value is refused with. */
async function refusal(authorization: string | undefined): Promise<AuthenticationError> {
  const error: unknown = await authenticate(authorization).catch((thrown: unknown) => thrown);
  if (!(error instanceof AuthenticationError)) throw new Error('The token was not refused.');
  return error;
}

const strict = awaited(
  createAuthenticator({
    jwtSecret: TEST_JWT_SECRET,
    issuer: 'https://issuer.test',
    audience: 'https://api.test',
  }),
);

/** Seconds since the epoch, `offset` from now. */
function seconds(offset: number): number {
  return Math.floor(Date.now() / 1000) + offset;
}

const HS256 = '{"alg":"HS256"}';
const END = '99999999999';

describe('the claims', () => {
  test('become the principal, frozen', async () => {
    const iat = seconds(-10);
    const principal = await authenticate(
      `Bearer ${await signToken({ sub: 'alice', iat, email: 'a@b.c' })}`,
    );
    expect(principal).toEqual({ subject: 'alice', issuedAt: iat });
    expect(Object.isFrozen(principal)).toBe(true);
    const without = await authenticate(`Bearer ${await signToken({ sub: 'bob', iat: undefined })}`);
    expect(without).toEqual({ subject: 'bob' });
  });

  test.each([
    ['an expired token', { exp: seconds(-1) }, 'expired'],
    ['a token that expires now', { exp: seconds(0) }, 'expired'],
    ['a token long expired', { exp: seconds(-86_400) }, 'expired'],
    ['no exp', { exp: undefined }, 'claims'],
    ['a token for later', { nbf: seconds(60) }, 'not_yet_valid'],
    ['a token from the future', { iat: seconds(60) }, 'not_yet_valid'],
    ['no sub', { sub: undefined }, 'claims'],
    ['an empty sub', { sub: '' }, 'claims'],
    ['a sub with a control character', { sub: 'ali\u0000ce' }, 'claims'],
    ['a sub of 256 characters', { sub: 'a'.repeat(256) }, 'claims'],
    ['half a surrogate pair as sub', { sub: 'alice\ud83d' }, 'claims'],
  ])('refuse %s', async (_name, claims, reason) => {
    // A claim set to undefined is left out of the JSON.
    const payload = JSON.stringify({ sub: 'alice', exp: seconds(300), ...claims });
    expect((await refusal(`Bearer ${forgeToken(HS256, payload)}`)).reason).toBe(reason);
  });

  test.each([
    ['a sub that is a number', `{"sub":1,"exp":${END}}`, 'claims'],
    ['a sub that is a list', `{"sub":["alice"],"exp":${END}}`, 'claims'],
    ['a sub that is null', `{"sub":null,"exp":${END}}`, 'claims'],
    ['an exp that is a string', `{"sub":"alice","exp":"${END}"}`, 'claims'],
    ['an exp without end', '{"sub":"alice","exp":1e999}', 'claims'],
    ['an exp of null', '{"sub":"alice","exp":null}', 'claims'],
    ['an nbf that is a string', `{"sub":"alice","exp":${END},"nbf":"0"}`, 'claims'],
    ['an nbf of minus infinity', `{"sub":"alice","exp":${END},"nbf":-1e999}`, 'claims'],
    ['an iat that is a string', `{"sub":"alice","exp":${END},"iat":"0"}`, 'claims'],
    ['an iat of minus infinity', `{"sub":"alice","exp":${END},"iat":-1e999}`, 'claims'],
    ['a list', '[]', 'malformed'],
    ['null', 'null', 'malformed'],
    ['no JSON', 'alice', 'malformed'],
  ])('refuse %s', async (_name, payload, reason) => {
    expect((await refusal(`Bearer ${forgeToken(HS256, payload)}`)).reason).toBe(reason);
  });

  test('allow the clock of the issuer to be five seconds ahead, and not more', async () => {
    const now = 1_700_000_000_000;
    const fixed = awaited(createAuthenticator({ jwtSecret: TEST_JWT_SECRET }, { now: () => now }));
    for (const claim of ['iat', 'nbf']) {
      const token = (ahead: number) =>
        signToken({ sub: 'alice', iat: 0, exp: now / 1000 + 60, [claim]: now / 1000 + ahead });
      await expect(fixed(`Bearer ${await token(5)}`)).resolves.toMatchObject({ subject: 'alice' });
      await expect(fixed(`Bearer ${await token(6)}`)).rejects.toMatchObject({
        reason: 'not_yet_valid',
      });
    }
  });

  test('allow no token to outlive its exp, not by a millisecond', async () => {
    const end = 1_700_000_000;
    let now = end * 1000 - 1;
    const fixed = awaited(
      createAuthenticator({ jwtSecret: TEST_JWT_SECRET }, { now: () => now, cacheSize: 0 }),
    );
    const authorization = `Bearer ${await signToken({ sub: 'alice', iat: 0, exp: end })}`;
    await expect(fixed(authorization)).resolves.toMatchObject({ subject: 'alice' });
    now += 1;
    await expect(fixed(authorization)).rejects.toMatchObject({ reason: 'expired' });
  });

  test.each(['a'.repeat(255), '😀'.repeat(255), 'auth0|507f1f77', ' ', 'ümläut/%2F?#'])(
    'allow the subject %j',
    async (sub) => {
      await expect(authenticate(`Bearer ${await signToken({ sub })}`)).resolves.toMatchObject({
        subject: sub,
      });
    },
  );

  const iss = 'https://issuer.test';
  const aud = 'https://api.test';

  test.each([
    ['issuer', { aud }],
    ['issuer', { iss: 'https://issuer.test/', aud }],
    ['issuer', { iss: 'HTTPS://ISSUER.TEST', aud }],
    ['issuer', { iss: [iss] as unknown as string, aud }],
    ['audience', { iss }],
    ['audience', { iss, aud: 'https://api.test.evil.example' }],
    ['audience', { iss, aud: [] }],
    ['audience', { iss, aud: ['https://other.test'] }],
    ['audience', { iss, aud: { [aud]: true } as unknown as string }],
  ])('refuse the wrong %s: %j', async (reason, claims) => {
    const token = await signToken({ sub: 'alice', ...claims });
    await expect(strict(`Bearer ${token}`)).rejects.toMatchObject({ reason });
  });

  test('allow the configured issuer, and the audience alone or among others', async () => {
    for (const audience of [aud, ['https://other.test', aud]]) {
      const token = await signToken({ sub: 'alice', iss, aud: audience });
      await expect(strict(`Bearer ${token}`)).resolves.toMatchObject({ subject: 'alice' });
    }
  });
});
