import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { operations } from '../../generated/operations.ts';
import { contractFile } from '../../src/contract/document.ts';
import { compileContract } from '../../src/contract/validator.ts';
import { contract as document } from '../support/contract.ts';
import { startTestServer } from '../support/server.ts';
import { signToken } from '../support/tokens.ts';

// The inside of express-openapi-validator, to see what it does and keeps. Nothing here measures time.
const require = createRequire(import.meta.url);
const validatorPath = require.resolve('express-openapi-validator');
const inner = createRequire(validatorPath);
const middlewares = join(dirname(validatorPath), 'middlewares');
const { RequestValidator } = require(join(middlewares, 'openapi.request.validator.js'));
const { ResponseValidator } = require(join(middlewares, 'openapi.response.validator.js'));
const patterns = inner('path-to-regexp');
const ajv = inner('ajv/dist/core.js').default;

/** Counts calls of everything that is dear: making a pattern of a path, making a validator, adding a schema to Ajv. */
function watch() {
  const spies = {
    patterns: jest.spyOn(patterns, 'pathToRegexp'),
    requests: jest.spyOn(RequestValidator.prototype, 'buildMiddleware'),
    responses: jest.spyOn(ResponseValidator.prototype, 'buildValidators'),
    schemas: jest.spyOn(ajv.prototype, 'addSchema'),
  };
  const validate = jest.spyOn(RequestValidator.prototype, 'validate');
  return {
    counts: () => ({
      patterns: spies.patterns.mock.calls.length,
      requests: spies.requests.mock.calls.length,
      responses: spies.responses.mock.calls.length,
      schemas: spies.schemas.mock.calls.length,
    }),
    /** The validator that the last request went to. */
    validator: (): any => validate.mock.contexts.at(-1),
  };
}

afterEach(() => {
  jest.restoreAllMocks();
});

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'todo-contract-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** The contract with 200 paths more, in front of its own, which must be looked through first. */
async function largeContract(): Promise<string> {
  const { get } = document.paths['/livez'];
  const extra = Array.from({ length: 200 }, (_, index) => [
    `/extra-${index}/{user_id}`,
    {
      get: { ...get, operationId: `extra${index}` },
      parameters: [{ name: 'user_id', in: 'path', required: true, schema: { type: 'string' } }],
    },
  ]);
  const file = join(directory, 'large.json');
  const paths = { ...Object.fromEntries(extra), ...document.paths };
  await writeFile(file, JSON.stringify({ ...document, paths }));
  return file;
}

const ID = '019bc0fd-89c0-7c3e-9f41-6f0c2d8e5a17';
const raw = { query: {}, headers: {}, mediaType: undefined, body: undefined };
const completion = {
  ...raw,
  path: { user_id: 'alice', id: ID },
  mediaType: 'application/json',
  body: { completed: true },
};

describe('the validator', () => {
  test('looks through no path and compiles nothing when a request comes, however many paths there are', async () => {
    const watched = watch();
    const contract = await compileContract(await largeContract());
    const before = watched.counts();
    expect(before.patterns).toBeGreaterThan(200);
    expect(before.requests).toBeGreaterThan(0);

    const validator = watched.validator();
    const touched: unknown[] = [];
    validator.apiDoc.paths = new Proxy(validator.apiDoc.paths, {
      get: (paths, name) => (touched.push(name), paths[name]),
      ownKeys: (paths) => (touched.push('all'), Reflect.ownKeys(paths)),
    });
    await contract.validateRequest('setTaskCompletion', completion);
    await contract.validateRequest('getReadiness', { ...raw, path: {} });
    await contract
      .validateRequest('listTasks', { ...raw, path: { user_id: '' }, query: { limit: 'x' } })
      .catch(() => undefined);

    expect(watched.validator()).toBe(validator);
    expect(watched.counts()).toStrictEqual(before);
    expect(touched).toStrictEqual([]);
  });

  test('compiles every request validator at start', async () => {
    const watched = watch();
    const contract = await compileContract(contractFile);
    const before = watched.counts();
    for (const [id, { path, requestMediaTypes }] of Object.entries(operations)) {
      const names = [...path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1]!);
      const request = {
        ...raw,
        path: Object.fromEntries(names.map((name) => [name, name === 'id' ? ID : 'alice'])),
        mediaType: requestMediaTypes[0],
        body: requestMediaTypes.length > 0 ? {} : undefined,
      };
      await contract.validateRequest(id as keyof typeof operations, request).catch(() => undefined);
    }
    expect(watched.counts()).toStrictEqual(before);
  });

  test('compiles every response validator at start', async () => {
    const watched = watch();
    const contract = await compileContract(contractFile);
    const before = watched.counts();
    for (const id of Object.keys(operations)) {
      const answer = { status: 200, mediaType: 'application/json', body: {} };
      await contract.validateResponse(id as keyof typeof operations, answer).catch(() => undefined);
    }
    expect(watched.counts()).toStrictEqual(before);
  });

  test('keeps as many validators after a thousand different requests as before', async () => {
    const watched = watch();
    const server = await startTestServer();
    try {
      const Authorization = `Bearer ${await signToken({ sub: 'alice' })}`;
      const send = async (method: string, path: string, headers: object, body?: string) => {
        const response = await fetch(server.url + path, {
          method,
          headers: { Authorization, ...headers },
          ...(body !== undefined && { body }),
        });
        await response.arrayBuffer();
        return response.status;
      };
      // Answers compile on their own; see above.
      await send('GET', '/api/alice/tasks', {});
      await send('POST', '/api/alice/tasks', { 'Content-Type': 'application/json' }, '{}');
      await send(
        'PATCH',
        `/api/alice/tasks/${ID}/complete`,
        { 'Content-Type': 'application/json' },
        '{"completed":true}',
      );
      const before = watched.counts();
      const kept = Object.keys(watched.validator().middlewareCache).length;
      expect(kept).toBe(Object.keys(operations).length);

      const statuses = new Set<number>();
      const one = async (index: number) => {
        const type = ['application/json', 'APPLICATION/JSON', 'Application/Json', 'text/plain'][
          index % 4
        ];
        const headers = {
          'Content-Type': `${type}; x${index}=${index}; charset=utf-8`,
          Accept: `x/y${index}`,
          [`X-Unknown-${index}`]: 'x',
        };
        const path = `/api/alice/tasks?unknown=${index}`;
        statuses.add(await send(index % 2 === 0 ? 'GET' : 'HEAD', path, headers));
        statuses.add(await send('POST', '/api/alice/tasks', headers, '{"unknown":1}'));
        statuses.add(
          await send('PATCH', `/api/alice/tasks/${ID}/complete`, headers, '{"completed":true}'),
        );
      };
      for (let from = 0; from < 340; from += 20) {
        await Promise.all(Array.from({ length: 20 }, (_, index) => one(from + index)));
      }
      expect([...statuses].sort()).toStrictEqual([400, 404, 415]);
      expect(Object.keys(watched.validator().middlewareCache)).toHaveLength(kept);
      expect(watched.counts()).toStrictEqual(before);
    } finally {
      await server.close();
    }
  });
});
