import { createServer, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createAuthenticator, type AuthenticatorOptions } from '../../src/auth/authenticator.ts';
import { KeySourceUnavailableError } from '../../src/auth/errors.ts';
import { awaited } from '../support/awaited.ts';
import {
  TEST_AUDIENCE,
  TEST_ISSUER,
  createSigningKey,
  startJwksEndpoint,
  type JwksEndpoint,
} from '../support/jwks.ts';
import { listen } from '../support/listen.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

const oldKey = await createSigningKey('EdDSA', 'old');
const newKey = await createSigningKey('EdDSA', 'new');
// Tokens outlive every test, so that only the key set decides.
const FOREVER = { exp: Math.floor(Date.now() / 1000) + 100 * 3600 };
const oldToken = await oldKey.sign(FOREVER);
const newToken = await newKey.sign(FOREVER);

let endpoint: JwksEndpoint;
let now: number;
let authenticate: (token: string) => Promise<unknown>;

/** An authenticator without a memory of its own, so that every token reaches the key set. */
function authenticator(options: AuthenticatorOptions = {}) {
  const authenticateField = awaited(
    createAuthenticator(
      { jwksUrl: endpoint.url, issuer: TEST_ISSUER, audience: TEST_AUDIENCE },
      { now: () => now, cacheSize: 0, ...options },
    ),
  );
  return (token: string) => authenticateField(`Bearer ${token}`);
}

/** `count` tokens that are well made, each of a key that nobody knows. */
function strangers(count: number): Promise<string[]> {
  const kids = Array.from({ length: count }, (_, index) => `stranger-${String(index)}`);
  return Promise.all(kids.map((kid) => newKey.sign(FOREVER, { kid })));
}

function fail(response: ServerResponse): void {
  response.writeHead(500).end();
}

async function unavailable(token: string): Promise<KeySourceUnavailableError> {
  const error: unknown = await authenticate(token).catch((thrown: unknown) => thrown);
  if (!(error instanceof KeySourceUnavailableError))
    throw new Error('It is not unavailable.', { cause: error });
  return error;
}

beforeEach(async () => {
  endpoint = await startJwksEndpoint([oldKey.jwk]);
  now = Date.now();
  authenticate = authenticator();
});

afterEach(() => endpoint.close());

describe('the key set', () => {
  test('is fetched by the first token, once for all who wait, and kept for five minutes', async () => {
    expect(endpoint.requests).toBe(0);
    await Promise.all(Array.from({ length: 20 }, () => authenticate(oldToken)));
    expect(endpoint.requests).toBe(1);
    now += 5 * MINUTE - 1;
    await authenticate(oldToken);
    expect(endpoint.requests).toBe(1);
    now += 1;
    await Promise.all(Array.from({ length: 20 }, () => authenticate(oldToken)));
    expect(endpoint.requests).toBe(2);
  });

  test('is not fetched for a token that no key of it could verify', async () => {
    for (const token of ['a.b.c', 'nonsense', await oldKey.sign({}, { typ: 'logout+jwt' })]) {
      await expect(authenticate(token)).rejects.toMatchObject({ code: 'invalid_token' });
    }
    expect(endpoint.requests).toBe(0);
  });

  test('may become empty: then nobody is let in', async () => {
    await authenticate(oldToken);
    endpoint.keys = [];
    now += 5 * MINUTE;
    await expect(authenticate(oldToken)).rejects.toMatchObject({ reason: 'key' });
  });
});

describe('a rotation', () => {
  test('is noticed with the first token of the new key, also right after a fetch', async () => {
    await authenticate(oldToken);
    endpoint.keys = [newKey.jwk, oldKey.jwk];
    await authenticate(newToken);
    await authenticate(oldToken);
    expect(endpoint.requests).toBe(2);
  });

  test('ends the old key with the next fetch, at the latest after five minutes', async () => {
    await authenticate(oldToken);
    endpoint.keys = [newKey.jwk];
    now += 5 * MINUTE - 1;
    await authenticate(oldToken);
    now += 1;
    await expect(authenticate(oldToken)).rejects.toMatchObject({ reason: 'key' });
  });

  test('ends the old key a minute later for tokens that are remembered', async () => {
    authenticate = authenticator({ cacheSize: 10 });
    await authenticate(oldToken);
    now += 5 * MINUTE - 1;
    await authenticate(oldToken);
    endpoint.keys = [newKey.jwk];
    now += MINUTE - 1;
    await authenticate(oldToken);
    now += 1;
    await expect(authenticate(oldToken)).rejects.toMatchObject({ reason: 'key' });
  });

  test('is not hidden by a flood of unknown keys for more than ten seconds', async () => {
    await authenticate(oldToken);
    const flood = await strangers(200);
    const refused = { reason: 'key' };
    await Promise.all(
      flood.map((token) => expect(authenticate(token)).rejects.toMatchObject(refused)),
    );
    for (const token of flood) await expect(authenticate(token)).rejects.toMatchObject(refused);
    expect(endpoint.requests).toBe(2);

    endpoint.keys = [newKey.jwk];
    now += 10 * SECOND - 1;
    await expect(authenticate(newToken)).rejects.toMatchObject(refused);
    expect(endpoint.requests).toBe(2);
    now += 1;
    await Promise.all([
      ...flood.map((token) => expect(authenticate(token)).rejects.toMatchObject(refused)),
      authenticate(newToken),
    ]);
    expect(endpoint.requests).toBe(3);
  });

  test('costs a flood at start one fetch', async () => {
    const flood = await strangers(50);
    await Promise.all(
      flood.map((token) => expect(authenticate(token)).rejects.toMatchObject({ reason: 'key' })),
    );
    expect(endpoint.requests).toBe(1);
  });
});

describe('an outage', () => {
  test.each<[string, (response: ServerResponse) => void]>([
    ['an error', fail],
    ['not found', (response) => response.writeHead(404).end('{"keys":[]}')],
    ['no JSON', (response) => response.end('<html>')],
    ['no key set', (response) => response.end('{"keys":{}}')],
    ['null', (response) => response.end('null')],
    [
      'half an answer',
      (response) => response.writeHead(200, { 'Content-Length': 99 }).write('{"k'),
    ],
    ['no answer', () => undefined],
    ['a closed connection', (response) => response.destroy()],
  ])('at start, %s, is not the fault of the token', async (_name, answer) => {
    authenticate = authenticator({ keySet: { timeout: 50 } });
    endpoint.answer = answer;
    const error = await unavailable(oldToken);
    expect(error.retryAfter).toBe(5);
    expect(error.cause).toHaveProperty('stack');
    expect(error.message).not.toContain(endpoint.url.host);
  });

  test('at start, nobody listening, is not the fault of the token', async () => {
    await endpoint.close();
    expect((await unavailable(oldToken)).retryAfter).toBe(5);
    endpoint = await startJwksEndpoint([]);
  });

  test('does not follow redirects', async () => {
    const elsewhere = createServer((_request, response) => {
      response.end(JSON.stringify({ keys: [oldKey.jwk] }));
    });
    const { origin, close } = await listen(elsewhere);
    endpoint.answer = (response) => response.writeHead(302, { Location: origin }).end();
    await unavailable(oldToken);
    await close();
  });

  test('at start makes one request in five seconds, and ends with the first answer', async () => {
    endpoint.answer = fail;
    for (const token of [oldToken, ...(await strangers(20))]) await unavailable(token);
    expect(endpoint.requests).toBe(1);
    now += 2.5 * SECOND;
    expect((await unavailable(oldToken)).retryAfter).toBe(3);
    endpoint.answer = undefined;
    now += 2.5 * SECOND - 1;
    expect((await unavailable(oldToken)).retryAfter).toBe(1);
    expect(endpoint.requests).toBe(1);
    now += 1;
    await authenticate(oldToken);
    expect(endpoint.requests).toBe(2);
  });

  test('leaves the known keys in use until they are an hour old', async () => {
    await authenticate(oldToken);
    endpoint.answer = fail;
    for (let minute = 5; minute < 60; minute += 5) {
      now += 5 * MINUTE;
      await authenticate(oldToken);
    }
    now += 5 * MINUTE - 1;
    await authenticate(oldToken);
    now += 1;
    await unavailable(oldToken);
  });

  test('makes one request in five seconds while the known keys are used', async () => {
    await authenticate(oldToken);
    endpoint.answer = fail;
    now += 5 * MINUTE;
    for (let use = 0; use < 20; use += 1) await authenticate(oldToken);
    for (const token of await strangers(20)) await unavailable(token);
    expect(endpoint.requests).toBe(2);
  });

  test('makes a token of an unknown key unanswerable, not wrong', async () => {
    await authenticate(oldToken);
    endpoint.keys = [newKey.jwk];
    endpoint.answer = fail;
    expect((await unavailable(newToken)).retryAfter).toBe(5);
    await authenticate(oldToken);
    endpoint.answer = undefined;
    now += 5 * SECOND;
    await authenticate(newToken);
  });

  test('by silence lasts no longer than the timeout', async () => {
    authenticate = authenticator({ keySet: { timeout: 50 } });
    await authenticate(oldToken);
    endpoint.answer = () => undefined;
    now += 5 * MINUTE;
    await authenticate(oldToken);
    await unavailable(newToken);
  });

  test('delays nobody once it is known', async () => {
    authenticate = authenticator({ keySet: { timeout: 10 * MINUTE } });
    await authenticate(oldToken);
    endpoint.answer = fail;
    now += 5 * MINUTE;
    await authenticate(oldToken);
    endpoint.answer = () => undefined;
    now += 5 * SECOND;
    for (let use = 0; use < 3; use += 1) await authenticate(oldToken);
  });

  test('that has passed is noticed in the background, and forgotten', async () => {
    await authenticate(oldToken);
    endpoint.answer = fail;
    now += 5 * MINUTE;
    await authenticate(oldToken);
    endpoint.answer = undefined;
    endpoint.keys = [newKey.jwk];
    now += 5 * SECOND;
    await authenticate(oldToken);
    await authenticate(newToken);
    expect(endpoint.requests).toBe(3);
    await expect(authenticate(oldToken)).rejects.toMatchObject({ reason: 'key' });
  });
});
