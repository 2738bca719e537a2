import type { IncomingMessage } from 'node:http';
import cors from 'cors';
import type { RequestHandler } from 'express';
import { fieldsOf } from './fields.ts';
import { send } from './send.ts';

/** What a page may read of an answer beside its status, its body and the headers that every page may read. */
export const EXPOSED: readonly string[] = [
  'Content-Disposition',
  'ETag',
  'Idempotency-Replayed',
  'Link',
  'Location',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'X-Request-Id',
];

/** What a page may send: the headers of the contract, and a trace of its own. */
export const ALLOWED: readonly string[] = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'If-Match',
  'If-None-Match',
  'X-Request-Id',
  'traceparent',
  'tracestate',
];

/** How long a browser may remember a preflight, in seconds: the longest that Chromium does. */
const MAX_AGE = 7_200;

/**
 * Lets pages of these origins call the API (https://fetch.spec.whatwg.org/#http-cors-protocol). To others, and when there
 * are none, it grants nothing: no `Access-Control-Allow-Origin`, so their browser keeps the answer from them. An origin is
 * compared, never reflected or matched by a pattern, and credentials are off: tokens travel in `Authorization`, where no
 * browser puts them by itself. A preflight carries no token, so it is answered here, the same whatever its path is.
 *
 * @param origins serialised as browsers do: scheme, host, port where it is not the scheme's own
 */
export function crossOrigin(origins: readonly string[]): RequestHandler {
  if (origins.length === 0) {
    return (_req, _res, next) => {
      next();
    };
  }
  const grant = cors({
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: [...ALLOWED],
    exposedHeaders: [...EXPOSED],
    maxAge: MAX_AGE,
    // It would take every OPTIONS for a preflight, and write the answer by itself.
    preflightContinue: true,
  });
  return (req, res, next) => {
    const fields = fieldsOf(res);
    const answer = {
      getHeader: (name: string) => fields[name],
      setHeader: (name: string, value: string) => (fields[name] = value),
      end: () => undefined,
    };
    grant(req, answer, (error?: unknown) => {
      if (error !== undefined) next(error);
      else if (isPreflight(req)) send(res, { status: 204 }).catch(next);
      else next();
    });
  };
}

/**
 * The header fields by which an answer is granted to a page, for an answer where Express is not asked: what `crossOrigin`
 * sets on every answer but a preflight's.
 *
 * @returns names and values in turn, for what a request says in `Origin`
 */
export function corsFields(origins: readonly string[]): (origin?: string) => readonly string[] {
  if (origins.length === 0) return () => [];
  const stranger = ['Vary', 'Origin'];
  const exposed = ['Access-Control-Expose-Headers', EXPOSED.join(',')];
  const granted = new Map(
    origins.map((origin) => [
      origin,
      ['Access-Control-Allow-Origin', origin, ...stranger, ...exposed],
    ]),
  );
  return (origin = '') => granted.get(origin) ?? [...stranger, ...exposed];
}

/** Whether a browser asks on behalf of a page whether the page may ask. */
export function isPreflight({ method, headers }: IncomingMessage): boolean {
  return (
    method === 'OPTIONS' &&
    headers.origin !== undefined &&
    headers['access-control-request-method'] !== undefined
  );
}
