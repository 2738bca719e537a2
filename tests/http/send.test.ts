import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import express, { type RequestHandler } from 'express';
import { pino } from 'pino';
import { requestContext } from '../../src/http/context.ts';
import { errorHandler } from '../../src/http/errors.ts';
import { createHttpServer } from '../../src/http/http-server.ts';
import { securityHeaders } from '../../src/http/security-headers.ts';
import { send } from '../../src/http/send.ts';

const silent = pino({ level: 'silent' });

/** Answers with the first segment of the path as the `Location`, decoded; after a space with a body. */
const redirect: RequestHandler = async (req, res) => {
  const [location = '', body] = decodeURIComponent(req.path.slice(1)).split(' ');
  await send(res, { status: 200, headers: { Location: location, ETag: undefined }, body });
};

let server: Server;
let url: string;
beforeAll(async () => {
  const app = express();
  app.use(requestContext(silent), securityHeaders(), redirect, errorHandler);
  ({ server } = createHttpServer(app, silent));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test('writes the header fields of the stages and of the answer, without those that are undefined', async () => {
  const answer = await fetch(`${url}/there%20text`);
  expect(answer.headers.get('Location')).toBe('there');
  expect(answer.headers.get('X-Content-Type-Options')).toBe('nosniff');
  expect(answer.headers.has('X-Request-Id')).toBe(true);
  expect(answer.headers.has('ETag')).toBe(false);
  expect(answer.headers.get('Content-Length')).toBe('6');
  expect(await answer.json()).toBe('text');
});

test.each(['text', 'é', 'ÿ', '\u0080', '語', '😀', '😀'.repeat(500), 'x'.repeat(7_000)])(
  'writes any text as UTF-8, and its length in bytes: %.10s',
  async (text) => {
    const answer = await fetch(`${url}/there%20${encodeURIComponent(text)}`);
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect(bytes.equals(Buffer.from(JSON.stringify(text)))).toBe(true);
    expect(answer.headers.get('Content-Length')).toBe(String(bytes.length));
  },
);

test.each(['/ü😀', 'a\nb'])(
  'answers a problem where a header field cannot be written: %j',
  async (location) => {
    const answer = await fetch(`${url}/${encodeURIComponent(location)}%20text`);
    expect(answer.status).toBe(500);
    expect(answer.headers.get('Content-Type')).toBe('application/problem+json; charset=utf-8');
    expect(answer.headers.has('Location')).toBe(false);
    expect(await answer.json()).toMatchObject({ code: 'internal_error' });
  },
);
