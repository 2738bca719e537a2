import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ALLOWED, EXPOSED } from '../../src/http/cors.ts';
import { validRequest, successOf } from '../contract/requests.ts';
import { createClient, type Answer, type Client } from '../support/client.ts';
import { contract, dereference, operations, type Operation } from '../support/contract.ts';
import { startMock, type RunningMock } from './mock.ts';

let mock: RunningMock;
let client: Client;
beforeAll(async () => {
  mock = await startMock();
  // It takes any token, and holds each answer against the contract.
  client = createClient(mock.url, 'any');
}, 90_000);
afterAll(() => mock.stop());

/** Makes a valid request of the operation with these headers beside its own. */
function ask(operation: Operation, headers: Record<string, string> = {}): Promise<Answer> {
  const { method, path, headers: own, ...body } = validRequest(operation, 'alice');
  return client(method, path, { headers: { ...own, ...headers }, ...body });
}

/** A named example of a documented answer. */
interface Named {
  readonly status: number;
  readonly mediaType: string;
  readonly name: string;
  readonly value: unknown;
}

function namedExamples({ responses }: Operation): Named[] {
  return Object.entries<any>(responses).flatMap(([status, response]) =>
    Object.entries<any>(dereference(response).content ?? {}).flatMap(([mediaType, { examples }]) =>
      Object.entries(examples).map(([name, example]) => ({
        status: Number(status),
        mediaType,
        name,
        value: dereference(example).value,
      })),
    ),
  );
}

describe.each(operations.map((operation) => [operation.id, operation] as const))('%s', (_, it) => {
  const statuses = Object.keys(it.responses).map(Number);
  const json = namedExamples(it).filter(
    ({ mediaType }) => mediaType.endsWith('json') && !mediaType.endsWith('ndjson'),
  );

  test('is answered with its success unless something else is preferred', async () => {
    expect((await ask(it)).status).toBe(successOf(it));
  });

  test.each(statuses)('is answered with %d on request', async (status) => {
    const answer = await ask(it, { Prefer: `code=${status}` });
    expect(answer.status).toBe(status);
    for (const [name, header] of Object.entries(dereference(it.responses[status]).headers ?? {})) {
      if (dereference(header).required) expect(answer.headers.get(name)).not.toBeNull();
    }
  });

  test.each(json)('is answered with $status $name on request', async (example) => {
    const answer = await ask(it, { Prefer: `code=${example.status}, example=${example.name}` });
    expect(answer.status).toBe(example.status);
    expect(answer.headers.get('Content-Type')).toBe(example.mediaType);
    expect(answer.body).toStrictEqual(example.value);
  });

  test('has an example of each answer that has a body', () => {
    const withBody = statuses.filter((status) => dereference(it.responses[status]).content);
    const shown = new Set(namedExamples(it).map(({ status }) => status));
    expect([...shown].sort()).toStrictEqual(withBody.sort());
  });
});

describe('the mock', () => {
  const find = (id: string) => operations.find((operation) => operation.id === id)!;
  const post = (body: unknown, headers = {}) =>
    client('POST', '/api/alice/tasks', { body, headers });

  test.each([
    ['a title that is blank', { title: ' ' }],
    ['a title that is too long', { title: 'x'.repeat(256) }],
    ['a type that is wrong', { title: 7 }],
    ['an unknown property', { title: 'a', colour: 'red' }],
    ['nothing', {}],
  ])('refuses %s with 400, as a schema that did not compile could not', async (_, body) => {
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe('invalid_request');
    expect((await post({ title: 'a' })).status).toBe(201);
  });

  test('is given the dialect by which its schemas are to be read', () => {
    expect(contract.jsonSchemaDialect).toBe('https://json-schema.org/draft/2020-12/schema');
  });

  test('refuses a wrong parameter with 400', async () => {
    expect((await client('GET', '/api/alice/tasks?limit=0')).status).toBe(400);
    expect((await client('GET', '/api/alice/tasks/nonsense')).status).toBe(400);
  });

  test('says that a body is no JSON', async () => {
    const answer = await post('{"title": ');
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe('malformed_body');
  });

  test('refuses another media type with 415', async () => {
    expect((await post('title', { 'Content-Type': 'text/plain' })).status).toBe(415);
  });

  test('asks for a token, and takes any', async () => {
    const answer = await createClient(mock.url)('GET', '/api/alice/tasks');
    expect(answer.status).toBe(401);
    expect(answer.headers.get('WWW-Authenticate')).toMatch(/^Bearer /);
  });

  test('answers an error to a client that accepts only JSON', async () => {
    const headers = { Accept: 'application/json', Prefer: 'code=404' };
    expect((await ask(find('getTask'), headers)).status).toBe(404);
  });

  test('chooses the format that is accepted, or says 406', async () => {
    const exportAs = (accept: string) =>
      fetch(`${mock.url}/api/alice/export`, {
        headers: { Accept: accept, Authorization: 'Bearer any', Prefer: 'example=full' },
      });
    const lines = await exportAs('application/x-ndjson');
    expect(lines.headers.get('Content-Type')).toBe('application/x-ndjson');
    expect(lines.headers.get('Content-Disposition')).toBe('attachment; filename="tasks.ndjson"');
    expect(lines.headers.get('ETag')).toBe('"44-ndjson"');
    expect(await lines.text()).toBe(
      dereference(contract.components.examples.FullExportLines).value,
    );
    expect((await ask(find('exportUser'), { Accept: 'image/png' })).body.code).toBe(
      'not_acceptable',
    );
  });

  test('answers HEAD as GET without a body', async () => {
    const answer = await client('HEAD', '/api/alice/tasks');
    expect(answer.status).toBe(200);
    expect(answer.text).toBe('');
  });

  test.each([
    ['GET', '/nowhere', 404, 'route_not_found'],
    ['PUT', '/livez', 405, 'method_not_allowed'],
  ])('has a problem document for %s %s', async (method, path, status, code) => {
    const answer = await client(method, path);
    expect(answer.status).toBe(status);
    expect(answer.body.code).toBe(code);
  });

  test.each([
    ['code=418', 'code must be one of 200'],
    // Where the mock keeps the documented 422 from Prism.
    ['code=499', 'code must be one of 200'],
    ['code=503, example=unheard_of', 'example must be one of '],
    ['example=unheard_of', 'example must be one of '],
    ['dynamic=perhaps', 'dynamic must be one of true, false'],
  ])('says that there is no answer for %s', async (Prefer, sentence) => {
    const answer = await ask(find('listTasks'), { Prefer });
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toStrictEqual([
      { header: 'prefer', detail: expect.stringContaining(sentence) },
    ]);
  });

  test('passes over preferences that choose no answer', async () => {
    const Prefer = 'respond-async, wait=10, example="empty"';
    expect((await ask(find('listTasks'), { Prefer })).body.items).toHaveLength(0);
  });

  test('links to the next page where there is one, with the filters of this one', async () => {
    const list = (Prefer: string) =>
      client('GET', '/api/a%20b/tasks?limit=2&completed=true', { headers: { Prefer } });
    const { headers, body } = await list('example=first_page');
    expect(headers.get('Link')).toBe(
      `</api/a%20b/tasks?limit=2&completed=true&cursor=${body.next_cursor}>; rel="next"`,
    );
    expect((await list('example=last_page')).headers.has('Link')).toBe(false);
  });

  test('never says that it gives an answer again', async () => {
    const answer = await post({ title: 'a' }, { 'Idempotency-Key': 'a-key-of-mine-1234' });
    expect(answer.status).toBe(201);
    expect(answer.headers.has('Idempotency-Replayed')).toBe(false);
  });

  test('is open to pages of every origin, for what the server lets pages do', async () => {
    const headers = { Origin: 'https://app.test' };
    const preflight = await fetch(`${mock.url}/api/alice/tasks`, {
      method: 'OPTIONS',
      headers: {
        ...headers,
        'Access-Control-Request-Method': 'PATCH',
        'Access-Control-Request-Headers': 'authorization, content-type, if-match, x-other',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('Access-Control-Allow-Methods')).toContain('PATCH');
    expect(preflight.headers.get('Access-Control-Allow-Headers')?.split(',')).toStrictEqual([
      ...ALLOWED,
      'Prefer',
    ]);
    const answer = await client('GET', '/livez', { headers });
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe('https://app.test');
    expect(answer.headers.get('Access-Control-Expose-Headers')?.split(',')).toStrictEqual(EXPOSED);
    for (const { headers } of [preflight, answer])
      expect(headers.has('Access-Control-Allow-Credentials')).toBe(false);
  });
});
