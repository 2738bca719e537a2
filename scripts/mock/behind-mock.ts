import { ProblemError } from '../../src/contract/problems.ts';
import type { Contract } from '../../src/contract/validator.ts';
import { requirePrecondition } from '../../src/http/conditional.ts';
import { exportFormats } from '../../src/users/export-formats.ts';
import { exampleHeaders } from './answers.ts';
import { ask, type Question, type Reply } from './ask.ts';
import { HIDDEN_422 } from './document.ts';
import type { Behind, Received } from './front.ts';
import { isObject, parseJson } from './json.ts';
import { preferenceOf, type Preference } from './preferences.ts';

const NDJSON = 'application/x-ndjson';
const PRISM_PROBLEM = 'https://stoplight.io/prism/errors#';

/**
 * Lets Prism choose the answer among the contract's examples, or make one up, and mends what it cannot do: see decision 16.
 *
 * @param prismUrl where `prism mock` listens
 * @param contract refuses what the server would, of which Prism lets some through
 */
export function behindMock(prismUrl: string, contract: Pick<Contract, 'validateRequest'>): Behind {
  return {
    async answer(received) {
      const { operationId, raw, question } = received;
      requirePrecondition(operationId, question.headers, false);
      const preference = preferenceOf(operationId, String(question.headers.prefer ?? ''));
      // Who asks for an error gets it: the server has most of them before it validates, or for other reasons.
      if (preference.isSuccess) await contract.validateRequest(operationId, raw);
      const reply = await ask(prismUrl, questionForPrism(received, preference));
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

function questionForPrism(
  { accept, query, question }: Received,
  { forPrism }: Preference,
): Question {
  const { prefer: _, ...headers } = question.headers;
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
      ...(forPrism !== undefined && { prefer: forPrism }),
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
