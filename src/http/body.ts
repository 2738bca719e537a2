import { MIMEType } from 'node:util';
import { raw, type Request, type Response } from 'express';
import type { operations } from '../../generated/operations.ts';
import { ProblemError } from '../contract/problems.ts';
import type { InvalidField } from '../contract/types.ts';
import { findIJsonViolation } from './i-json.ts';

type Operation = (typeof operations)[keyof typeof operations];

/**
 * The largest body read, in bytes and after decompression: the longest task that the contract allows,
 * with every character written as an escape, and some room.
 */
const LIMIT = 131_072;

const readRaw = raw({ limit: LIMIT, type: () => true });

/** A request body with the media type, of those the operation documents, that it was sent as. */
export interface Body {
  readonly mediaType: string | undefined;
  /** The parsed JSON; `undefined` when the request has no body. */
  readonly value: unknown;
}

/**
 * Reads the JSON body of a request. An operation that documents none reads none.
 *
 * @throws ProblemError `unsupported_media_type`, `content_too_large` or `malformed_body`
 */
export async function readBody(req: Request, res: Response, operation: Operation): Promise<Body> {
  const accepted: readonly string[] = operation.requestMediaTypes;
  if (accepted.length === 0) return { mediaType: undefined, value: undefined };
  if (!hasBody(req)) return { mediaType: accepted[0], value: undefined };

  const mediaType = acceptMediaType(req, operation.method, accepted);
  const bytes = await readBytes(req, res);
  return { mediaType, value: bytes.length === 0 ? undefined : parseJson(bytes) };
}

function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** The documented media type that the body is declared as; only JSON in UTF-8 is (RFC 8259). */
function acceptMediaType(req: Request, method: string, accepted: readonly string[]): string {
  const type = mimeType(req.headers['content-type']);
  const charset = type?.params.get('charset') ?? 'utf-8';
  if (type && accepted.includes(type.essence) && /^utf-?8$/i.test(charset)) return type.essence;

  const wanted = accepted.join(', ');
  throw new ProblemError('unsupported_media_type', `Send the body as ${wanted}, in UTF-8.`, {
    headers: { [method === 'patch' ? 'Accept-Patch' : 'Accept']: wanted },
    ...(req.headers['content-type'] === undefined && {
      errors: [{ header: 'Content-Type', detail: 'is required with a body' }],
    }),
  });
}

function mimeType(contentType: string | undefined): MIMEType | undefined {
  try {
    return contentType === undefined ? undefined : new MIMEType(contentType);
  } catch {
    return undefined; // Not a media type at all: as unsupported as any other.
  }
}

/** The bytes of the body, decompressed. Rejects with the errors of body-parser. */
async function readBytes(req: Request, res: Response): Promise<Uint8Array> {
  await new Promise<void>((resolve, reject) => {
    readRaw(req, res, (error?: unknown) => {
      if (error === undefined) resolve();
      else reject(error);
    });
  });
  return Buffer.isBuffer(req.body) ? req.body : new Uint8Array();
}

/** JSON as RFC 7493 has it, so that nothing is altered or lost between the client and the database. */
function parseJson(bytes: Uint8Array): unknown {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw malformed({ pointer: '#', detail: 'is not valid UTF-8' }, cause);
  }
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw malformed({ pointer: '#', detail: `is not valid JSON${position(cause)}` }, cause);
  }
  const violation = findIJsonViolation(text);
  if (violation) throw malformed(violation);
  return value;
}

function malformed(place: InvalidField, cause?: unknown): ProblemError {
  const detail = 'The body is not JSON in UTF-8 as RFC 7493 defines it.';
  return new ProblemError('malformed_body', detail, { cause, errors: [place] });
}

/** Where the text stopped being JSON, without repeating any of it. */
function position(cause: unknown): string {
  const found = / at position (\d+)/.exec(cause instanceof Error ? cause.message : '');
  return found ? ` at character ${found[1]}` : '';
}
