import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createClient, signedIn, type Answer, type Client } from '../support/client.ts';
import { createTask, expectProblem, leavingNoTrace, tasksOf } from '../support/scenarios.ts';
import type { TestServer } from '../support/server.ts';
import { signToken } from '../support/tokens.ts';

/** One operation with a request that would succeed if it came from the owner of `user` and task `id`. */
export interface ValidRequest {
  readonly method: string;
  readonly path: (user: string, id: string) => string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

function sendTo(client: Client, request: ValidRequest, user: string, id: string): Promise<Answer> {
  const { method, path, body, headers } = request;
  // The same id each time, so that answers can be compared byte for byte.
  return client(method, path(user, id), {
    ...(body !== undefined && { body }),
    headers: { 'X-Request-Id': 'the-same-request-id', ...headers },
  });
}

/** Everything that the client gets to see of an answer, but for the time. */
function seen({ status, headers, text }: Answer) {
  return { status, headers: [...headers].filter(([name]) => name !== 'date'), text };
}

/** Declares the tests of 401 and 403, which are the same for every operation that is not public. */
export function refusesStrangers(server: () => TestServer, request: ValidRequest): void {
  const invalid = (description: string) =>
    `Bearer realm="todo-api", error="invalid_token", error_description="${description}"`;

  test.each([
    {
      sent: 'no token',
      token: () => Promise.resolve(undefined),
      code: 'authentication_required',
      challenge: 'Bearer realm="todo-api"',
    },
    {
      sent: 'something that is no token',
      token: () => Promise.resolve('let-me-in'),
      code: 'invalid_token',
      challenge: invalid('The Authorization header does not hold one well-formed signed token.'),
    },
    {
      sent: 'a token signed with another key',
      token: () => signToken({ sub: 'olivia' }, { secret: 'another-secret-of-more-than-32-bytes' }),
      code: 'invalid_token',
      challenge: invalid('The signature of the token is not valid.'),
    },
    {
      sent: 'an expired token',
      token: () => signToken({ sub: 'olivia', exp: Math.floor(Date.now() / 1000) - 1 }),
      code: 'invalid_token',
      challenge: invalid('The token has expired.'),
    },
  ])('refuses a request with $sent', async ({ token, code, challenge }) => {
    const client = await signedIn(server().url, 'olivia');
    const { id } = await createTask(client, 'olivia');
    const stranger = createClient(server().url, await token());

    const answer = await leavingNoTrace(server(), { client, user: 'olivia' }, () =>
      sendTo(stranger, request, 'olivia', id),
    );
    expectProblem(answer, 401, code);
    expect(answer.headers.get('WWW-Authenticate')).toBe(challenge);
  });

  test("refuses another user's path with the same bytes, whether or not that user exists", async () => {
    const oscar = await signedIn(server().url, 'oscar');
    const { id } = await createTask(oscar, 'oscar');
    const mallory = await signedIn(server().url, 'mallory');

    const existing = await leavingNoTrace(server(), { client: oscar, user: 'oscar' }, () =>
      sendTo(mallory, request, 'oscar', id),
    );
    expectProblem(existing, 403, 'forbidden');
    const unknown = await leavingNoTrace(server(), { client: mallory, user: 'mallory' }, () =>
      sendTo(mallory, request, 'nobody', randomUUID()),
    );
    expect(seen(unknown)).toEqual(seen(existing));
  });
}

/** Declares the tests of 404, which are the same for every operation on one task. */
export function refusesMissingTasks(server: () => TestServer, request: ValidRequest): void {
  test("answers with the same bytes for another user's task, a deleted one and one that never was", async () => {
    const peggy = await signedIn(server().url, 'peggy');
    const foreign = await createTask(peggy, 'peggy');
    const trent = await signedIn(server().url, 'trent');
    await createTask(trent, 'trent');
    const deleted = await createTask(trent, 'trent');
    await trent('DELETE', `${tasksOf('trent')}/${deleted.id}`);
    const attempt = (id: string) =>
      leavingNoTrace(server(), { client: trent, user: 'trent' }, () =>
        sendTo(trent, request, 'trent', id),
      );

    const missing = await attempt(randomUUID());
    expectProblem(missing, 404, 'task_not_found');
    expect(seen(await attempt(foreign.id))).toEqual(seen(missing));
    expect(seen(await attempt(deleted.id))).toEqual(seen(missing));
  });

  test.each(['1', 'x'.repeat(36), '01a1fc08-834d-73c7-ac67-854c8878013', '%20'])(
    'refuses %p as the id of a task',
    async (id) => {
      const client = await signedIn(server().url, 'victor');
      const answer = await leavingNoTrace(server(), { client, user: 'victor' }, () =>
        sendTo(client, request, 'victor', id),
      );
      expectProblem(answer, 400, 'invalid_request', ['parameter id']);
    },
  );
}

/** Declares the tests of unknown query parameters, which are the same for every operation. */
export function refusesUnknownParameters(server: () => TestServer, request: ValidRequest): void {
  test('refuses query parameters that it does not have', async () => {
    const client = await signedIn(server().url, 'wendy');
    const { id } = await createTask(client, 'wendy');
    const path = (user: string) => `${request.path(user, id)}?colour=red&user_id=wendy`;

    const answer = await leavingNoTrace(server(), { client, user: 'wendy' }, () =>
      sendTo(client, { ...request, path }, 'wendy', id),
    );
    expectProblem(answer, 400, 'invalid_request', ['parameter colour', 'parameter user_id']);
  });
}

/**
 * Declares the tests of bodies that break the contract: 400.
 *
 * @param cases what is wrong, a body, the places named in `errors`, and the code if not `invalid_request`
 */
export function refusesBodies(
  server: () => TestServer,
  request: ValidRequest,
  cases: readonly [wrong: string, body: unknown, places: readonly string[], code?: string][],
): void {
  // Valid but for that: whatever else is wrong would be reported, too.
  const withMember = (text: string) => JSON.stringify(request.body).replace(/\}$/, `,${text}}`);
  const malformed: typeof cases = [
    ['text that is not JSON', '{"title": "a', ['#'], 'malformed_body'],
    ['a member that occurs twice', withMember('"a":1,"a":1'), ['#/a'], 'malformed_body'],
    ['half a surrogate pair', withMember(String.raw`"a":"\ud83d"`), ['#/a'], 'malformed_body'],
    ['an array', [], ['#']],
    ['a text', '"a"', ['#']],
    ['null', 'null', ['#']],
    ['no body', undefined, ['#']],
  ];
  test.each([...malformed, ...cases])(
    'refuses %s',
    async (_wrong, body, places, code = 'invalid_request') => {
      const client = await signedIn(server().url, 'xenia');
      const { id } = await createTask(client, 'xenia', { description: 'as it was' });

      const answer = await leavingNoTrace(server(), { client, user: 'xenia' }, () =>
        sendTo(client, { ...request, body }, 'xenia', id),
      );
      expectProblem(answer, 400, code, places);
    },
  );
}

/** Declares the tests of 413, and of 415 for these media types. */
export function refusesToReadBodies(
  server: () => TestServer,
  request: ValidRequest,
  { mediaType, others }: { readonly mediaType: string; readonly others: readonly string[] },
): void {
  test('takes a body of 131,072 bytes and refuses one that is a byte longer', async () => {
    const client = await signedIn(server().url, 'yara');
    const { id } = await createTask(client, 'yara');
    const body = JSON.stringify(request.body).padEnd(131_072);

    const answer = await leavingNoTrace(server(), { client, user: 'yara' }, () =>
      sendTo(client, { ...request, body: `${body} ` }, 'yara', id),
    );
    expectProblem(answer, 413, 'content_too_large');
    expect((await sendTo(client, { ...request, body }, 'yara', id)).status).toBeLessThan(300);
  });

  const header = request.method === 'PATCH' ? 'Accept-Patch' : 'Accept';
  const types = [...others, 'text/plain', `${mediaType}; charset=iso-8859-1`, 'nonsense'];
  test.each(types)(`refuses %s and names what it takes in ${header}`, async (type) => {
    const client = await signedIn(server().url, 'zoe');
    const { id } = await createTask(client, 'zoe');

    const answer = await leavingNoTrace(server(), { client, user: 'zoe' }, () =>
      sendTo(client, { ...request, headers: { 'Content-Type': type } }, 'zoe', id),
    );
    expectProblem(answer, 415, 'unsupported_media_type', ['header content-type']);
    expect(answer.headers.get(header)).toBe(mediaType);
  });

  test('takes parameters of the media type, and its letters in either case', async () => {
    const client = await signedIn(server().url, 'zoe');
    const { id } = await createTask(client, 'zoe');
    const headers = { 'Content-Type': `${mediaType.toUpperCase()}; Charset="UTF-8"; x=1` };
    expect((await sendTo(client, { ...request, headers }, 'zoe', id)).status).toBeLessThan(300);
  });
}
