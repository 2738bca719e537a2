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

const HS256 = '{"alg":"HS256"}';
const END = '99999999999';
const PAYLOAD = `{"sub":"alice","exp":${END}}`;

describe('the Authorization field', () => {
  test.each(['Bearer', 'bearer', 'BEARER', 'Bearer   '])('takes the scheme %j', async (scheme) => {
    const token = await signToken({ sub: 'alice' });
    await expect(authenticate(`${scheme} ${token}`)).resolves.toMatchObject({ subject: 'alice' });
  });

  test.each([
    undefined,
    '',
    'Basic YWxpY2U6c2VjcmV0',
    'Bearerx abc',
    'Token Bearer a.b.c',
    'a.b.c',
    ',Bearer a.b.c',
  ])('counts %j as no token at all', async (value) => {
    const error = await refusal(value);
    expect(error).toMatchObject({ reason: 'missing', code: 'authentication_required' });
    expect(error.challenge).toBe('Bearer realm="todo-api"');
  });

  test('refuses everything but one compact JWS', async () => {
    const token = await signToken({ sub: 'alice' });
    const values = [
      'Bearer',
      'Bearer ',
      `Bearer ${token} ${token}`,
      `Bearer ${token},Bearer ${token}`,
      `Bearer ${token} `,
      `Bearer \t${token}`,
      `Bearer ${token}=`,
      `Bearer ${token}\n`,
      `Bearer "${token}"`,
      `Bearer ${token.replace('.', '..')}`,
      `Bearer ${token.slice(0, token.lastIndexOf('.'))}`,
      `Bearer a.b.c.d.e`,
      `Bearer .${token.slice(token.indexOf('.') + 1)}`,
      `Bearer {"protected":"e30"}`,
    ];
    for (const value of values) {
      expect({ value, reason: (await refusal(value)).reason }).toEqual({
        value,
        reason: 'malformed',
      });
    }
  });

  test('refuses a field of more than 8192 characters, and takes one of just that many', async () => {
    const token = await signToken({ sub: 'alice', filler: 'x'.repeat(5000) });
    await expect(authenticate(`Bearer ${token.padStart(8185)}`)).resolves.toBeDefined();
    expect((await refusal(`Bearer ${token.padStart(8186)}`)).reason).toBe('malformed');
  });
});

describe('a refusal', () => {
  test('is a challenge of RFC 6750 that repeats nothing of the token', async () => {
    const secretive = 'correct-horse-battery-staple';
    const tokens = [
      forgeToken(`{"alg":"${secretive}"}`, PAYLOAD),
      forgeToken(`{"alg":"HS256","typ":"${secretive}"}`, PAYLOAD),
      forgeToken(HS256, `{"sub":"${secretive}","exp":1}`),
      forgeToken(HS256, `{"sub":"${secretive}"}`),
      `${forgeToken(HS256, `{"sub":"${secretive}","exp":${END}}`)}x`,
      secretive,
    ];
    for (const token of tokens) {
      const error = await refusal(`Bearer ${token}`);
      expect(error.code).toBe('invalid_token');
      expect(error.challenge).toMatch(
        /^Bearer realm="todo-api", error="invalid_token", error_description="[\x20\x21\x23-\x5b\x5d-\x7e]+"$/,
      );
      expect(error.challenge).toContain(error.detail);
      const shown = JSON.stringify([
        error,
        error.stack,
        error.detail,
        error.challenge,
        error.cause,
      ]);
      expect(shown).not.toContain(secretive);
      expect(shown).not.toContain(token);
    }
  });
});
