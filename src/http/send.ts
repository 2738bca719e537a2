import type { Response } from 'express';
import { problems } from '../contract/problems.ts';
import type { AnyResponse, ProblemDraft } from '../contract/types.ts';
import type { Answer } from '../contract/validator.ts';
import { contextOf } from './context.ts';

const JSON_TYPE = 'application/json; charset=utf-8';
const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/**
 * Writes an answer. This is the only place that does, whatever the answer and whoever gives it.
 *
 * @param check called with the answer before any of it is written; what it throws is thrown on
 */
export async function send(
  res: Response,
  response: AnyResponse,
  check?: (answer: Answer) => Promise<void>,
): Promise<void> {
  const { status, headers = {}, problem } = response;
  const body = problem ? problemDocument(problem, contextOf(res).requestId) : response.body;
  const mediaType = body === undefined ? undefined : problem ? PROBLEM_TYPE : JSON_TYPE;
  await check?.({ status, mediaType, body });

  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) res.setHeader(name, value);
  }
  res.statusCode = status;
  if (mediaType === undefined) {
    res.end();
    return;
  }
  const payload = Buffer.from(JSON.stringify(body));
  res.setHeader('Content-Type', mediaType);
  res.setHeader('Content-Length', payload.byteLength);
  // Node itself leaves the body out of an answer to HEAD.
  res.end(payload);
}

/** A problem document (RFC 9457) with the members that every one of them has. */
export function problemDocument(draft: ProblemDraft, requestId: string): object {
  const { status, title } = problems[draft.code];
  return {
    type: `/problems/${draft.code}`,
    title,
    status,
    detail: draft.detail,
    instance: `urn:request:${requestId}`,
    code: draft.code,
    request_id: requestId,
    ...(draft.errors && { errors: draft.errors }),
  };
}
