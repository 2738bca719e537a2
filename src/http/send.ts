import type { Response } from 'express';
import { problems } from '../contract/problems.ts';
import type { AnyResponse, ProblemDraft } from '../contract/types.ts';
import type { Answer } from '../contract/validator.ts';
import { contextOf, note } from './context.ts';
import { fieldsOf } from './fields.ts';
import { sendStream } from './stream.ts';

const JSON_TYPE = 'application/json; charset=utf-8';
const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/**
 * Writes an answer. This is the only place that does, whatever the answer and whoever gives it.
 *
 * @param check called with the answer before any of it is written; what it throws is thrown on. Not called
 *   for a stream: there is no whole to check, so what goes into it is checked row by row where it is read
 * @throws what a stream failed with, after the answer has begun
 */
export async function send(
  res: Response,
  response: AnyResponse,
  check?: (answer: Answer) => Promise<void>,
): Promise<void> {
  const { status, headers = {}, problem, stream } = response;
  if (problem) note(res, { problem: problem.code });
  try {
    const body = problem ? problemDocument(problem, contextOf(res).requestId) : response.body;
    const mediaType = mediaTypeOf(response);
    if (!stream) await check?.({ status, mediaType, body });

    // Only what was written is kept: else a field that Node refuses would spoil the answer that says so, too.
    const fields = { ...fieldsOf(res) };
    for (const name in headers) {
      const value = headers[name];
      if (value !== undefined) fields[name] = value;
    }
    if (mediaType !== undefined) fields['Content-Type'] = mediaType;
    if (stream) {
      res.writeHead(status, fields);
      res.fields = fields;
      await sendStream(res, stream);
    } else sendWhole(res, status, fields, body);
  } finally {
    // It holds on to what it reads from, so it must not be left behind by an answer that was never given.
    stream?.destroy();
  }
}

function mediaTypeOf({ problem, stream, mediaType, body }: AnyResponse): string | undefined {
  if (problem) return PROBLEM_TYPE;
  if (stream) return `${mediaType ?? 'application/octet-stream'}; charset=utf-8`;
  return body === undefined ? undefined : JSON_TYPE;
}

function sendWhole(
  res: Response,
  status: number,
  fields: Record<string, string>,
  body: unknown,
): void {
  // As text it leaves in one piece with the header fields.
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const length = payload === undefined ? 0 : Buffer.byteLength(payload);
  if (payload !== undefined) fields['Content-Length'] = String(length);
  res.writeHead(status, fields);
  res.fields = fields;
  // ASCII is the same in both. For UTF-8 Node makes room for three bytes a character, which from 5 KB on takes another way.
  const encoding = length === payload?.length ? 'latin1' : 'utf8';
  // Node itself leaves the body out of an answer to HEAD.
  res.end(payload, encoding);
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
