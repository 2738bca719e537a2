import { once } from 'node:events';
import { createServer, METHODS, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { operations } from '../../generated/operations.ts';
import type { OperationId } from '../../src/contract/types.ts';
import { operationOf, routeOperations } from '../../src/http/routes.ts';
import { sendRaw } from '../support/raw.ts';

let server: Server;
let url: string;
beforeAll(async () => {
  const app = express();
  app.use(routeOperations(handlerOf));
  app.use((_req, res) => void res.json({ next: true }));
  app.use(tellError);
  server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** Answers with what it was asked, or fails in the way that the user's name says. */
function handlerOf(id: OperationId): RequestHandler {
  const tell: RequestHandler = async (req, res) => {
    if (req.params.user_id === 'rejects') throw new Error('rejected');
    if (req.params.user_id === 'rejects with nothing') return Promise.reject(undefined);
    res.setHeader('X-Operation', id);
    res.json({ operation: id, params: { ...req.params }, url: req.url, base: req.baseUrl });
  };
  return (req, res, next) => {
    if (req.params.user_id === 'throws') throw new Error('thrown');
    if (req.params.user_id === 'passes on') {
      next(new Error('passed on'));
      return undefined;
    }
    return tell(req, res, next);
  };
}

const tellError: ErrorRequestHandler = (error: unknown, _req, res, _next) => {
  res.status(500).json({ error: error instanceof Error ? error.message : 'no error' });
};

async function ask(method: string, path: string) {
  const request = `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
  const answer = await sendRaw(url, request, { withoutBody: method === 'HEAD' });
  return { ...answer, body: answer.text === '' ? undefined : JSON.parse(answer.text) };
}

const all = Object.entries(operations).map(
  ([id, { method, path }]) => [method.toUpperCase(), path, id] as const,
);

test.each(all)('%s %s goes to %s with its parameters, decoded', async (method, path, operation) => {
  const target = path.replace('{user_id}', 'a%2fb').replace('{id}', '__proto__');
  const params = {
    ...(path.includes('{user_id}') && { user_id: 'a/b' }),
    ...(path.includes('{id}') && { id: '__proto__' }),
  };
  const { status, body } = await ask(method, `${target}?x`);
  expect(status).toBe(200);
  expect(body).toStrictEqual({ operation, params, url: `${target}?x`, base: '' });
});

test('HEAD goes to what GET goes to, and to nothing where there is no GET', async () => {
  for (const path of new Set(all.map(([, each]) => each))) {
    const { status, headers } = await ask('HEAD', path);
    const get = all.find(([method, each]) => method === 'GET' && each === path);
    expect([path, status, headers['x-operation']]).toStrictEqual([path, get ? 200 : 500, get?.[2]]);
  }
});

test.each([
  ['throws', 'thrown'],
  ['rejects', 'rejected'],
  ['rejects%20with%20nothing', 'Rejected promise'],
  ['passes%20on', 'passed on'],
])('a handler that %s: Express gets the error', async (user, error) => {
  expect(await ask('GET', `/api/${user}`)).toMatchObject({ status: 500, body: { error } });
});

test('a path that the contract does not have goes on', async () => {
  for (const path of ['/', '/api', '/api/', '/api//tasks', '/api/a/b', '/livez/', '/LIVEZ', '/%zz'])
    expect(await ask('GET', path)).toMatchObject({ status: 200, body: { next: true } });
});

describe('the operation of a request that does not get as far', () => {
  const paths = [
    ...new Set(all.map(([, path]) => path)),
    '/api/%zz/tasks',
    '/api/%e2%82%ac/tasks',
    '/api/a/tasks/%E0%A4%A',
    '/api/a%2fb',
    '/api//tasks',
    '/nothing',
  ];

  test.each(paths)('is the one that it would get to: %s', async (path) => {
    for (const method of METHODS.filter((each) => each !== 'CONNECT')) {
      const { headers } = await ask(method, path);
      expect([method, operationOf(method, path)]).toStrictEqual([method, headers['x-operation']]);
    }
  });
});
