import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { RequestHandler, Response } from 'express';
import helmet from 'helmet';
import { fieldsOf, varyBy } from './fields.ts';

/** Helmet computes the same for every request, so it is asked once. */
const harden = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
  // CORS says which pages may read an answer; this keeps the others from embedding it.
  crossOriginResourcePolicy: { policy: 'same-origin' },
  referrerPolicy: { policy: 'no-referrer' },
  xFrameOptions: { action: 'deny' },
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
});

/**
 * Security headers for an API that answers JSON and nothing that a browser should render, run or frame (OWASP REST Security
 * Cheat Sheet). What Helmet would add for pages and for browsers of the past is left out. Answers are kept by no cache,
 * problems, health and preflights among them, unless `keepPrivately` says otherwise.
 */
export function securityHeaders(): RequestHandler {
  const fields = securityFields();
  return (_req, res, next) => {
    Object.assign(fieldsOf(res), fields);
    next();
  };
}

/** The same header fields, for an answer where there is no response to set them on. */
export function securityFields(): Readonly<Record<string, string>> {
  const req = new IncomingMessage(new Socket());
  const res = new ServerResponse(req);
  const fields: Record<string, string> = { 'Cache-Control': 'no-store' };
  res.setHeader = (name, value) => {
    fields[name] = String(value);
    return res;
  };
  harden(req, res, () => undefined);
  return fields;
}

/**
 * Marks an answer as one user's data: their own cache may keep it, and asks whether it is still good before each use (RFC
 * 9111, section 5.2.2), which the entity-tag makes cheap. A cache that holds the answers of several users, after a change
 * of user on one device, keeps them apart.
 *
 * @param negotiated whether the request's `Accept` has chosen the representation (RFC 9110, section 12.5.5)
 */
export function keepPrivately(res: Response, negotiated = false): void {
  fieldsOf(res)['Cache-Control'] = 'private, no-cache';
  varyBy(res, 'Authorization');
  if (negotiated) varyBy(res, 'Accept');
}
