import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Transform } from 'node:stream';
import type { Request } from 'express';
import getRawBody from 'raw-body';
import type { operations } from '../../generated/operations.ts';
import { ProblemError } from '../contract/problems.ts';
import type { MalformedBody } from '../contract/refusal.ts';
import type { Place } from '../contract/invalid-fields.ts';
import { notesOf } from './context.ts';
import { findIJsonViolations } from './i-json.ts';
import { acceptMediaType } from './media-type.ts';

type Operation = (typeof operations)[keyof typeof operations];

/**
 * The largest body read, in bytes, as it is sent and as it comes out of its content coding: the longest task that the contract allows,
 * with every character written as an escape, and some room.
 */
export const BODY_LIMIT = 131_072;

/** Says how many bytes it has taken for compressed data. */
type Decoder = Transform & { readonly bytesWritten: number };

/** The content codings that are undone (RFC 9110, section 8.4.1). */
const DECODERS: Readonly<Record<string, () => Decoder>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** A request body with the media type, of those the operation documents, that it was sent as. */
export interface Body {
  readonly mediaType: string | undefined;
  /** The parsed JSON; `undefined` when the request has no body, or it cannot be parsed. */
  readonly value: unknown;
  /** What is wrong with it, for the validator to report together with the rest of the request. */
  readonly malformed: MalformedBody | undefined;
}

/**
 * Reads the JSON body of a request. That of an operation which documents none is read to its end and thrown away: when the
 * client breaks it off, or it stops being HTTP, the client learns that the request has failed, so nothing may be changed. A
 * read changes nothing, and does not wait for it.
 *
 * @returns a promise only where there is a body
 * @throws ProblemError `unsupported_media_type` or `content_too_large`, or rejects with it
 */
export function readBody(req: Request, operation: Operation): Body | Promise<Body> {
  const accepted: readonly string[] = operation.requestMediaTypes;
  const isAwaited = hasBody(req) && (accepted.length > 0 || operation.method !== 'get');
  if (!isAwaited) return { mediaType: accepted[0], ...NOTHING };
  return accepted.length === 0 ? throwAway(req) : readJson(req, operation, accepted);
}

const NOTHING = { value: undefined, malformed: undefined };

async function throwAway(req: Request): Promise<Body> {
  const bytes = await readBytes(req);
  const malformed = bytes instanceof Uint8Array ? undefined : bytes;
  return { mediaType: undefined, value: undefined, malformed };
}

async function readJson(
  req: Request,
  operation: Operation,
  accepted: readonly string[],
): Promise<Body> {
  const wanted = accepted.join(', ');
  const headers = { [operation.method === 'patch' ? 'Accept-Patch' : 'Accept']: wanted };
  const mediaType = acceptMediaType(req, accepted, headers);
  const decoder = acceptContentCoding(req.headers['content-encoding'], headers);
  const bytes = await readBytes(req, decoder);
  if (!(bytes instanceof Uint8Array)) return { mediaType, value: undefined, malformed: bytes };
  return { mediaType, ...(bytes.length === 0 ? NOTHING : parseJson(bytes)) };
}

function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** What undoes the content coding; `undefined` when there is none. */
function acceptContentCoding(
  field: string | undefined,
  headers: Readonly<Record<string, string>>,
): Decoder | undefined {
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

/**
 * The bytes of the body, decoded, as far as the limit goes: nothing beyond it is held in memory. Or why there are none.
 *
 * @throws ProblemError `content_too_large`, before the client is asked for the body when it has announced too much
 */
async function readBytes(req: Request, decoder?: Decoder): Promise<Uint8Array | MalformedBody> {
  const length = req.headers['content-length'];
  if (length !== undefined && Number(length) > BODY_LIMIT) {
    decoder?.destroy();
    throw tooLarge();
  }
  if (expectsContinue(req)) req.res?.writeContinue();
  try {
    const bytes = await (decoder
      ? readDecoded(req, decoder)
      : getRawBody(req, { limit: BODY_LIMIT, ...(length && { length }) }));
    // Told by the connection itself that it has taken too long.
    if (req.res && notesOf(req.res).status !== undefined) throw new Error('has come too late');
    return bytes;
  } catch (cause) {
    req.unpipe();
    decoder?.destroy();
    if (cause instanceof ProblemError) throw cause;
    const type = cause instanceof Error && 'type' in cause ? cause.type : undefined;
    if (type === 'entity.too.large') throw tooLarge(cause);
    return {
      detail: 'The body ended early, or is not in the content coding that it says.',
      errors: [{ pointer: '#', detail: 'cannot be read' }],
      unnamed: 0,
      isLost: true,
      headers: CLOSE,
      cause,
    };
  }
}

async function readDecoded(req: Request, decoder: Decoder): Promise<Uint8Array> {
  const received = boundInput(req, decoder);
  req.once('error', (error) => decoder.destroy(error)).pipe(decoder);
  const bytes = await getRawBody(decoder, { limit: BODY_LIMIT });
  // Only gzip's own decoder minds bytes behind the end of the compressed data.
  if (decoder.bytesWritten < Number(req.headers['content-length'] ?? received()))
    throw new Error('bytes behind the compressed data');
  return bytes;
}

/** HTTP/1.0 does not know the expectation (RFC 9110, section 10.1.1). What is sent twice, Node joins by a comma. */
function expectsContinue({ headers, httpVersion }: Request): boolean {
  const expected = headers.expect?.toLowerCase().split(',') ?? [];
  return httpVersion === '1.1' && expected.some((token) => token.trim() === '100-continue');
}

/** The rest of the body is still on its way, so nothing can come after it on this connection. */
const CLOSE = { Connection: 'close' };

function tooLarge(cause?: unknown): ProblemError {
  const detail = `The body is larger than ${BODY_LIMIT} bytes.`;
  return new ProblemError('content_too_large', detail, { cause, headers: CLOSE });
}

/**
 * Compressed data can go on for ever with nothing coming out.
 *
 * @returns how many bytes have come in until now
 */
function boundInput(req: Request, decoder: Decoder): () => number {
  let received = 0;
  req.on('data', (chunk: Buffer) => {
    received += chunk.length;
    if (received > BODY_LIMIT) decoder.destroy(tooLarge());
  });
  return () => received;
}

/** JSON as RFC 7493 has it, so that nothing is altered or lost between the client and the database. */
function parseJson(bytes: Uint8Array): Pick<Body, 'value' | 'malformed'> {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    return malformed([{ pointer: '#', detail: 'is not valid UTF-8' }], { cause });
  }
  if (text.startsWith('\ufeff')) {
    return malformed([{ pointer: '#', detail: 'must not begin with a byte order mark' }]);
  }
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const detail = `is not valid JSON${position(cause)}`;
    return malformed([{ pointer: '#', detail }], { cause });
  }
  const { named, unnamed, isThroughout } = findIJsonViolations(text);
  if (named.length === 0) return { value, malformed: undefined };
  return malformed(named, { value, unnamed, isLost: isThroughout });
}

function malformed(
  errors: readonly Place[],
  rest: { value?: unknown; unnamed?: number; isLost?: boolean; cause?: unknown } = {},
): Pick<Body, 'value' | 'malformed'> {
  const { value, unnamed = 0, isLost = value === undefined, cause } = rest;
  const detail = 'The body is not JSON in UTF-8 as RFC 7493 defines it.';
  return { value, malformed: { detail, errors, unnamed, isLost, headers: {}, cause } };
}

/** Where the text stopped being JSON, without repeating any of it. */
function position(cause: unknown): string {
  const found = / at position (\d+)/.exec(cause instanceof Error ? cause.message : '');
  return found ? ` at character ${found[1]}` : '';
}
