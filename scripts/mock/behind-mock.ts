import { ProblemError } from '../../src/contract/problems.ts';
import { requirePrecondition } from '../../src/http/conditional.ts';
import { exportFormats } from '../../src/users/export-formats.ts';
import { exampleHeaders } from './answers.ts';
import { ask, type Question, type Reply } from './ask.ts';
import { HIDDEN_422 } from './document.ts';
import type { Behind, Received } from './front.ts';
import { isObject, parseJson } from './json.ts';
import { preferenceForPrism } from './preferences.ts';

const NDJSON = 'application/x-ndjson';
const PRISM_PROBLEM = 'https://stoplight.io/prism/errors#';

/**
 * Lets Prism choose the answer among the contract's examples, or make one up, and mends what it cannot do: see decision 16.
 *
 * @param prismUrl where `prism mock` listens
 */
export function behindMock(prismUrl: string): Behind {
  return {
    async answer(received) {
      requirePrecondition(received.operationId, received.question.headers, false);
      const reply = await ask(prismUrl, questionForPrism(received));
      const own = prismProblem(reply);
      if (own === 'NO_PATH_MATCHED_ERROR') {
        throw new ProblemError('route_not_found', 'The API has no such path.');
      }
      if (own !== undefined) throw new Error(`Prism answered ${own}: ${reply.body.toString()}`);
      return mended(received, reply);
    },
    refusalHeaders(id, status) {
      const { 'X-Request-Id': _, ...headers } = exampleHeaders(id, status);
      return headers;
    },
  };
}

function questionForPrism({ operationId, accept, query, question }: Received): Question {
  const { prefer, ...headers } = question.headers;
  const preference = preferenceForPrism(operationId, String(prefer ?? ''));
  // By these names Prism takes preferences and servers from the query; to the server they are unknown like any other.
  const known = [...query].filter(([name]) => !name.startsWith('__'));
  const [path = ''] = question.path.split('?');
  return {
    ...question,
    path: known.length > 0 ? `${path}?${new URLSearchParams(known).toString()}` : path,
    headers: {
      ...headers,
      // Prism cannot generate lines. Errors are problem documents, whatever the client likes to get (RFC 9457).
      accept: `${accept === undefined ? '' : 'application/json, '}application/problem+json`,
      ...(headers.authorization !== undefined && { authorization: 'Bearer any' }),
      ...(preference !== undefined && { prefer: preference }),
    },
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

function mended(received: Received, reply: Reply): Reply {
  const status = reply.status === HIDDEN_422 ? 422 : reply.status;
  if (status !== 200) return { ...reply, status };
  if (received.accept === NDJSON) return asLines(reply);
  return received.operationId === 'listTasks' ? withLink(received, reply) : reply;
}

/** An export as its other format has it. */
function asLines(reply: Reply): Reply {
  const document = parseJson(reply.body.toString());
  if (!isObject(document) || !isObject(document.user) || !Array.isArray(document.tasks)) {
    throw new Error('Prism answered an export that is none.');
  }
  const lines = [document.user, ...(document.tasks as unknown[])];
  const { disposition, entityTag } = exportFormats[NDJSON];
  return {
    ...reply,
    headers: {
      ...reply.headers,
      'content-type': NDJSON,
      'content-disposition': disposition,
      etag: entityTag(Number(document.user.revision)),
    },
    body: Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join('')),
  };
}

/** A page links to the next one, which has the same query and the cursor of the body, if there is one. */
function withLink({ userId, query }: Received, reply: Reply): Reply {
  const { link: _, ...headers } = reply.headers;
  const page = parseJson(reply.body.toString());
  const cursor = isObject(page) ? page.next_cursor : undefined;
  if (typeof cursor !== 'string') return { ...reply, headers };
  const next = new URLSearchParams(query);
  next.set('cursor', cursor);
  const link = `</api/${encodeURIComponent(userId)}/tasks?${next.toString()}>; rel="next"`;
  return { ...reply, headers: { ...headers, link } };
}
