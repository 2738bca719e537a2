import { MIMEType } from 'node:util';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Transform } from 'node:stream';
import type { Request } from 'express';
import getRawBody from 'raw-body';
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

/** The content codings that are undone (RFC 9110, section 8.4.1). */
const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

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
export async function readBody(req: Request, operation: Operation): Promise<Body> {
  const accepted: readonly string[] = operation.requestMediaTypes;
  if (accepted.length === 0) return { mediaType: undefined, value: undefined };
  if (!hasBody(req)) return { mediaType: accepted[0], value: undefined };

  const wanted = accepted.join(', ');
  const headers = { [operation.method === 'patch' ? 'Accept-Patch' : 'Accept']: wanted };
  const mediaType = acceptMediaType(req.headers['content-type'], accepted, headers);
  const decoder = acceptContentCoding(req.headers['content-encoding'], headers);
  const bytes = await readBytes(req, decoder);
  return { mediaType, value: bytes.length === 0 ? undefined : parseJson(bytes) };
}

function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** The documented media type that the body is declared as; only JSON in UTF-8 is (RFC 8259). */
function acceptMediaType(
  field: string | undefined,
  accepted: readonly string[],
  headers: Readonly<Record<string, string>>,
): string {
  const type = mimeType(field);
  const charset = type?.params.get('charset') ?? 'utf-8';
  if (type && accepted.includes(type.essence) && /^utf-?8$/i.test(charset)) return type.essence;

  const detail = `Send the body as ${accepted.join(', ')}, in UTF-8.`;
  throw new ProblemError('unsupported_media_type', detail, {
    headers,
    errors: [{ header: 'content-type', detail: `must be ${accepted.join(' or ')}` }],
  });
}

function mimeType(contentType: string | undefined): MIMEType | undefined {
  try {
    return contentType === undefined ? undefined : new MIMEType(contentType);
  } catch {
    return undefined; // Not a media type at all: as unsupported as any other.
  }
}

/** What undoes the content coding; `undefined` when there is none. */
function acceptContentCoding(
  field: string | undefined,
  headers: Readonly<Record<string, string>>,
): Transform | undefined {
  const coding = field?.trim().toLowerCase() ?? '';
  if (coding === '' || coding === 'identity') return undefined;
  const createDecoder = Object.hasOwn(DECODERS, coding) ? DECODERS[coding] : undefined;
  if (createDecoder) return createDecoder();
  const known = Object.keys(DECODERS).join(', ');
  throw new ProblemError('unsupported_media_type', `Send the body as it is, or in ${known}.`, {
    headers: { ...headers, 'Accept-Encoding': known },
    errors: [{ header: 'content-encoding', detail: `must be one of ${known}` }],
  });
}

/** The bytes of the body, decoded, as far as the limit goes: nothing beyond it is held in memory. */
async function readBytes(req: Request, decoder: Transform | undefined): Promise<Uint8Array> {
  const length = req.headers['content-length'];
  if (req.headers.expect?.toLowerCase() === '100-continue') req.res?.writeContinue();
  try {
    if (!decoder) return await getRawBody(req, { limit: LIMIT, ...(length && { length }) });
    req.once('error', (error) => decoder.destroy(error)).pipe(decoder);
    return await getRawBody(decoder, { limit: LIMIT });
  } catch (cause) {
    req.unpipe();
    decoder?.destroy();
    throw bodyProblem(cause);
  }
}

function bodyProblem(cause: unknown): ProblemError {
  // The rest of the body is still on its way, so nothing can come after it on this connection.
  const options = { cause, headers: { Connection: 'close' } };
  const type = cause instanceof Error && 'type' in cause ? cause.type : undefined;
  if (type === 'entity.too.large') {
    const detail = `The body is larger than ${LIMIT} bytes.`;
    return new ProblemError('content_too_large', detail, options);
  }
  const detail = 'The body ended early, or is not in the content coding that it says.';
  return new ProblemError('malformed_body', detail, {
    ...options,
    errors: [{ pointer: '#', detail: 'cannot be read' }],
  });
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
