import { describe, expect, test } from '@jest/globals';
import { createAuthenticator } from '../../src/auth/authenticator.ts';
import { awaited } from '../support/awaited.ts';
import { signToken } from '../support/tokens.ts';

describe('the configuration', () => {
  const jwksUrl = new URL('https://issuer.test/jwks');
  const issuer = 'https://issuer.test';
  const audience = 'https://api.test';

  test.each([
    ['no key source', {}],
    ['an empty secret', { jwtSecret: '' }],
    ['a secret of 31 bytes', { jwtSecret: 'x'.repeat(31) }],
    ['a secret of 31 raw bytes', { jwtSecret: new Uint8Array(31) }],
    ['a key set without issuer', { jwksUrl, audience }],
    ['a key set without audience', { jwksUrl, issuer }],
    ['a key set with an empty issuer', { jwksUrl, issuer: '', audience }],
    ['a key set in a file', { jwksUrl: new URL('file:///etc/jwks'), issuer, audience }],
    ['a user in the URL', { jwksUrl: new URL('https://a@issuer.test'), issuer, audience }],
    ['credentials in the URL', { jwksUrl: new URL('https://a:b@issuer.test'), issuer, audience }],
  ])('may not have %s', (_name, config) => {
    expect(() => createAuthenticator(config)).toThrow(TypeError);
  });

  test('counts the bytes of a secret, not its characters, and takes raw bytes', async () => {
    const text = 'ä'.repeat(16);
    const fromText = awaited(createAuthenticator({ jwtSecret: text }));
    const fromBytes = awaited(createAuthenticator({ jwtSecret: new TextEncoder().encode(text) }));
    const authorization = `Bearer ${await signToken({ sub: 'alice' }, { secret: text })}`;
    await expect(fromText(authorization)).resolves.toMatchObject({ subject: 'alice' });
    await expect(fromBytes(authorization)).resolves.toMatchObject({ subject: 'alice' });
  });
});
