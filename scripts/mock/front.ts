import {
  createServer,
  request as sendRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { problems } from '../../src/contract/problems.ts';
import { HIDDEN_422 } from './document.ts';
import { isObject, parseJson } from './json.ts';

// Prism decides every answer. This stands before it for what Prism cannot do, each of which is pinned by a test in
// tests/mock: say 400 where 422 is documented as well; answer a body that is not JSON (it hangs); answer an error to
// a client that accepts only JSON (it falls back to 200); generate errors; HEAD; and our own problems where there is no operation.

/** A request to Prism. */
interface Question {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Prism's answer, whole. */
interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const PRISM_PROBLEM = 'https://stoplight.io/prism/errors#';

/**
 * The mock's own server, which passes everything on to Prism. The caller lets it listen, and closes it.
 *
 * @param prismUrl where Prism listens
 */
export function createFront(prismUrl: string): Server {
  return createServer((req, res) => {
    answer(prismUrl, req, res).catch((error: unknown) => {
      // The client has gone, or Prism has, and then the mock ends anyway.
      res.destroy(error instanceof Error ? error : undefined);
    });
  });
}

async function answer(prismUrl: string, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const question = prepare(req, await buffer(req));
  let reply = await ask(prismUrl, question);
  const own = prismProblem(reply);
  if (own === 'NOT_ACCEPTABLE') {
    const { accept: _, ...headers } = question.headers;
    reply = await ask(prismUrl, { ...question, headers: { ...headers, prefer: 'code=406' } });
  }
  if (own === 'NO_PATH_MATCHED_ERROR') reply = outside(reply, 'route_not_found');
  if (own === 'NO_METHOD_MATCHED_ERROR') reply = outside(reply, 'method_not_allowed');
  res.writeHead(reply.status === HIDDEN_422 ? 422 : reply.status, reply.headers);
  res.end(reply.body);
}

function prepare({ method = 'GET', url = '/', headers }: IncomingMessage, body: Buffer): Question {
  const { accept = '*/*', prefer, ...rest } = headers;
  const question = {
    // Prism knows no HEAD; Node leaves the body out.
    method: method === 'HEAD' ? 'GET' : method,
    path: url,
    headers: {
      ...rest,
      // Errors are problem documents, whatever the client likes to get (RFC 9457).
      accept: `${accept}, application/problem+json`,
      ...(prefer !== undefined && { prefer: adapt(String(prefer)) }),
    },
    body,
  };
  if (/^(?:GET|HEAD|DELETE)$/.test(method)) return { ...question, body: Buffer.alloc(0) };
  if (!/\bjson\b/i.test(headers['content-type'] ?? '') || body.length === 0) return question;
  if (parseJson(body.toString()) !== undefined) return question;
  return {
    ...question,
    headers: { ...question.headers, prefer: 'code=400, example=malformed_body' },
    // Invalid for every operation.
    body: Buffer.from('null'),
  };
}

/** Prism's 422 is another, and errors are never generated: their schemas are joined by allOf, which it cannot satisfy. */
function adapt(prefer: string): string {
  const code = /\bcode="?(\d{3})/.exec(prefer)?.[1] ?? '200';
  if (code < '400') return prefer;
  const rest = prefer
    .replace(/\bcode="?422\b"?/, `code=${HIDDEN_422}`)
    .replaceAll(/,?\s*dynamic=\w+/g, '');
  return `${rest}, dynamic=false`;
}

async function ask(prismUrl: string, { method, path, headers, body }: Question): Promise<Reply> {
  const { 'transfer-encoding': _, ...rest } = headers;
  const outgoing = sendRequest(prismUrl + path, {
    method,
    headers: { ...rest, connection: 'close', 'content-length': body.length },
  });
  outgoing.end(body);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  const { connection: _connection, 'keep-alive': _keepAlive, ...kept } = incoming.headers;
  return {
    status: incoming.statusCode ?? 500,
    headers: kept,
    body: await buffer(incoming),
  };
}

/** The name of a problem that Prism has made up, for want of a documented answer. */
function prismProblem({ body }: Reply): string | undefined {
  const document = parseJson(body.toString());
  if (!isObject(document) || typeof document.type !== 'string') return undefined;
  return document.type.startsWith(PRISM_PROBLEM)
    ? document.type.slice(PRISM_PROBLEM.length)
    : undefined;
}

/** The problem of a request that reaches no operation, as the contract's description has it. */
function outside(reply: Reply, code: 'route_not_found' | 'method_not_allowed'): Reply {
  const { status, title } = problems[code];
  const requestId = crypto.randomUUID();
  const body = Buffer.from(
    JSON.stringify({
      type: `/problems/${code}`,
      title,
      status,
      detail: 'The contract has no such operation.',
      instance: `urn:request:${requestId}`,
      code,
      request_id: requestId,
    }),
  );
  const headers = {
    ...reply.headers,
    'x-request-id': requestId,
    'content-length': String(body.length),
  };
  return { status, headers, body };
}
