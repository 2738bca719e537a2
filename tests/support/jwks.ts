import { createServer, type ServerResponse } from 'node:http';
import {
  SignJWT,
  exportJWK,
  generateKeyPair,
  type CryptoKey,
  type JWK,
  type JWTPayload,
} from 'jose';
import { listen } from './listen.ts';

/** The issuer and the audience that tokens of a signing key name unless told otherwise. */
export const TEST_ISSUER = 'https://issuer.test';
export const TEST_AUDIENCE = 'https://api.test';

/** A key pair of an imagined identity provider. */
export interface SigningKey {
  readonly publicKey: CryptoKey;
  /** The public half, as it stands in a key set. */
  readonly jwk: JWK & { readonly kid: string };
  /**
   * Signs `claims` over these defaults: subject alice, the test issuer and audience, issued now, five minutes to live;
   * `header` adds or replaces header parameters, undefined takes one away.
   */
  sign(claims?: JWTPayload, header?: Record<string, unknown>): Promise<string>;
}

/** Generates a key pair for `alg`, named `kid`. */
export async function createSigningKey(alg: string, kid: string): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return {
    publicKey,
    jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' },
    sign(claims, header) {
      const now = Math.floor(Date.now() / 1000);
      const defaults = { sub: 'alice', iss: TEST_ISSUER, aud: TEST_AUDIENCE, iat: now };
      return new SignJWT({ ...defaults, exp: now + 300, ...claims })
        .setProtectedHeader(Object.assign({ alg, kid }, header))
        .sign(privateKey);
    },
  };
}

/** A JWKS endpoint on a local port, whose answers a test controls. */
export interface JwksEndpoint {
  readonly url: URL;
  /** The key set that it serves; change it to rotate. */
  keys: JWK[];
  /** How many times it has been asked. */
  requests: number;
  /** Replaces the normal answer while set: to fail, to answer nonsense, or (by doing nothing) to hang. */
  answer: ((response: ServerResponse) => void) | undefined;
  close(): Promise<void>;
}

/** Starts an endpoint that serves `keys`. The caller closes it. */
export async function startJwksEndpoint(keys: JWK[]): Promise<JwksEndpoint> {
  const server = createServer((_request, response) => {
    endpoint.requests += 1;
    if (endpoint.answer !== undefined) {
      endpoint.answer(response);
      return;
    }
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ keys: endpoint.keys }));
  });
  const { origin, close } = await listen(server);
  const endpoint: JwksEndpoint = {
    url: new URL('/jwks', origin),
    keys,
    requests: 0,
    answer: undefined,
    close,
  };
  return endpoint;
}
