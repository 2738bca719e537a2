import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { RequestHandler } from 'express';
import { isNotModified } from '../http/conditional.ts';
import { varyBy } from '../http/fields.ts';
import { send } from '../http/send.ts';
import type { DocsFile } from './files.ts';

/** Shorter than this a file does not gain by compression what its headers cost, in bytes. */
const WORTH_COMPRESSING = 1_024;

/**
 * What the pages may load: what this server itself serves, and nothing inline. The hash is that of an empty style element:
 * Redoc's styles are put into one by script, rule by rule, which no policy forbids. `data:` is for the font of a few icons.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
  "img-src 'self'",
  'font-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join(';');

/** One of the forms in which a file can be sent, with the entity-tag of just that form. */
interface Representation {
  readonly bytes: Buffer;
  readonly etag: string;
}

/**
 * Answers GET and HEAD with a file. Anybody may keep it, and asks before each use whether it is still good (RFC 9111, section
 * 5.2.2.4): the strong entity-tag of its bytes makes that cheap, and a new version is seen at once.
 */
export function serveFile({ mediaType, content }: DocsFile): RequestHandler {
  const whole = represent(content);
  const isLong = content.byteLength >= WORTH_COMPRESSING;
  let compressed: Promise<Representation> | undefined;

  return async (req, res) => {
    const isCompressed = isLong && req.acceptsEncodings(['gzip', 'identity']) === 'gzip';
    const { bytes, etag } = isCompressed ? await (compressed ??= compress(content)) : whole;
    const headers = {
      ETag: etag,
      'Cache-Control': 'public, no-cache',
      'Content-Security-Policy': CONTENT_SECURITY_POLICY,
      'Cross-Origin-Opener-Policy': 'same-origin',
    };
    if (isLong) varyBy(res, 'Accept-Encoding');
    if (isNotModified(req.headers['if-none-match'], etag)) {
      await send(res, { status: 304, headers });
      return;
    }
    await send(res, {
      status: 200,
      headers: {
        ...headers,
        'Content-Length': String(bytes.byteLength),
        ...(isCompressed && { 'Content-Encoding': 'gzip' }),
      },
      mediaType,
      stream: Readable.from([bytes]),
    });
  };
}

function represent(bytes: Buffer): Representation {
  const hash = createHash('sha256').update(bytes).digest('base64url');
  return { bytes, etag: `"${hash}"` };
}

async function compress(content: Buffer): Promise<Representation> {
  return represent(await promisify(gzip)(content, { level: constants.Z_BEST_COMPRESSION }));
}
