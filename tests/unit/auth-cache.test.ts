import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createAuthenticator, type AuthenticatorOptions } from '../../src/auth/authenticator.ts';
import { awaited } from '../support/awaited.ts';
import { TEST_JWT_SECRET, signToken } from '../support/tokens.ts';

/** When every test begins, in seconds since the epoch. */
const START = 1_700_000_000;
const verifications = jest.spyOn(crypto.subtle, 'verify');
let now = 0;

beforeEach(() => {
  now = START * 1000;
  verifications.mockClear();
});

function authenticator(options: AuthenticatorOptions = {}) {
  const config = { jwtSecret: TEST_JWT_SECRET };
  const authenticate = awaited(createAuthenticator(config, { now: () => now, ...options }));
  return (token: string) => authenticate(`Bearer ${token}`);
}

function aliceToken(claims: { nbf?: number; exp?: number } = {}): Promise<string> {
  return signToken({ sub: 'alice', iat: START, exp: START + 3600, ...claims });
}

describe('a verified token', () => {
  test('is not verified again', async () => {
    const authenticate = authenticator();
    const token = await aliceToken();
    for (let use = 0; use < 10; use += 1) {
      await expect(authenticate(token)).resolves.toEqual({ subject: 'alice', issuedAt: START });
    }
    expect(verifications).toHaveBeenCalledTimes(1);
  });

  test('is verified again after a minute', async () => {
    const authenticate = authenticator();
    const token = await aliceToken();
    await authenticate(token);
    now += 59_999;
    await authenticate(token);
    expect(verifications).toHaveBeenCalledTimes(1);
    now += 1;
    await authenticate(token);
    expect(verifications).toHaveBeenCalledTimes(2);
    now += 59_999;
    await authenticate(token);
    expect(verifications).toHaveBeenCalledTimes(2);
  });

  test('is refused from its exp on', async () => {
    const authenticate = authenticator();
    const token = await aliceToken({ exp: START + 10 });
    await authenticate(token);
    now += 9_999;
    await authenticate(token);
    now += 1;
    await expect(authenticate(token)).rejects.toMatchObject({ reason: 'expired' });
    expect(verifications).toHaveBeenCalledTimes(1);
  });

  test('is refused before its nbf, should the clock have been set back', async () => {
    const authenticate = authenticator();
    const token = await aliceToken({ nbf: START });
    await authenticate(token);
    now -= 5_001;
    await expect(authenticate(token)).rejects.toMatchObject({ reason: 'not_yet_valid' });
    expect(verifications).toHaveBeenCalledTimes(1);
  });

  test('stands for itself alone', async () => {
    const authenticate = authenticator();
    const token = await aliceToken();
    await authenticate(token);
    const other = token.endsWith('A') ? 'Q' : 'A';
    await expect(authenticate(`${token.slice(0, -2)}${other}A`)).rejects.toMatchObject({
      reason: 'signature',
    });
    const bob = await signToken({ sub: 'bob', iat: START, exp: START + 60 });
    await expect(authenticate(bob)).resolves.toMatchObject({ subject: 'bob' });
    await expect(authenticate(token)).resolves.toMatchObject({ subject: 'alice' });
  });
});

describe('the memory of verified tokens', () => {
  test('keeps no failures', async () => {
    const authenticate = authenticator();
    const token = await signToken({ sub: 'alice' }, { secret: 'x'.repeat(32) });
    for (let use = 0; use < 3; use += 1) {
      await expect(authenticate(token)).rejects.toMatchObject({ reason: 'signature' });
    }
    expect(verifications).toHaveBeenCalledTimes(3);
  });

  test('does not keep a good signature under claims that were refused', async () => {
    const authenticate = authenticator();
    const token = await aliceToken({ nbf: START + 60 });
    await expect(authenticate(token)).rejects.toMatchObject({ reason: 'not_yet_valid' });
    now += 60_000;
    await expect(authenticate(token)).resolves.toMatchObject({ subject: 'alice' });
    expect(verifications).toHaveBeenCalledTimes(2);
  });

  test('is bounded, and forgets the token that was used longest ago', async () => {
    const authenticate = authenticator({ cacheSize: 2 });
    const [first = '', second = '', third = ''] = await Promise.all(
      [1, 2, 3].map((minutes) => aliceToken({ exp: START + minutes * 60 })),
    );
    for (const token of [first, second, first, third, first]) await authenticate(token);
    expect(verifications).toHaveBeenCalledTimes(3);
    await authenticate(second);
    expect(verifications).toHaveBeenCalledTimes(4);
  });

  test('can be switched off', async () => {
    const authenticate = authenticator({ cacheSize: 0 });
    const token = await aliceToken();
    await authenticate(token);
    await authenticate(token);
    expect(verifications).toHaveBeenCalledTimes(2);
  });
});
