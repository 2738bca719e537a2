import { Router, type RequestHandler } from 'express';
import { operations } from '../../generated/operations.ts';
import { ProblemError } from '../contract/problems.ts';
import type { OperationId } from '../contract/types.ts';
import type { LimitHeaders, RateLimiter } from './limits/rate-limiter.ts';
import { createPathIndex } from './path-index.ts';
import { send } from './send.ts';

const operationIds = Object.keys(operations).filter((id): id is OperationId => id in operations);

/** Every path of the contract, with its operations. */
const operationsByPath: ReadonlyMap<string, readonly OperationId[]> = Map.groupBy(
  operationIds,
  (id) => operations[id].path,
);

const pathOf = createPathIndex([...operationsByPath.keys()]);

/** The path of the contract in Express's notation: `{id}` is `:id` there. */
export function expressPath(path: string): string {
  return path.replaceAll(/\{([^}]+)\}/g, ':$1');
}

/**
 * Hands each request to its operation, and answers what a path of the contract does not take. What has no such path goes on.
 *
 * Express alone would try one path after the other, so that a request would cost more the more paths there are.
 *
 * @param handlerOf called once for each operation
 */
export function routeOperations(handlerOf: (id: OperationId) => RequestHandler): RequestHandler {
  const routers = new Map<string, RequestHandler>();
  for (const [path, ids] of operationsByPath) {
    const router = Router({ strict: true, caseSensitive: true });
    const route = router.route(expressPath(path));
    for (const id of ids) route[operations[id].method](handlerOf(id));
    route.all(otherMethods(ids.map((id) => operations[id].method)));
    routers.set(path, router);
  }
  return (req, res, next) => {
    const path = pathOf(req.path);
    const router = path === undefined ? undefined : routers.get(path);
    if (router) void router(req, res, next);
    else next();
  };
}

/**
 * The operation that Express would route a request to, for a request that does not get as far.
 *
 * @param method in upper case; `HEAD` is `GET` here
 * @param path without the query, `req.path`
 */
export function operationOf(method: string, path: string): OperationId | undefined {
  const wanted = method === 'HEAD' ? 'GET' : method;
  const known = pathOf(path);
  const ids = known === undefined ? undefined : operationsByPath.get(known);
  const found = ids?.find((id) => operations[id].method.toUpperCase() === wanted);
  return found && isDecodable(path) ? found : undefined;
}

/** Express routes nothing else, so that it is 400 and reaches no operation. */
function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

const SCHEME_AND_AUTHORITY = /^[^:/?#]+:\/\/[^/?#]*/;

/**
 * The target of a request without what names the server, which who asks a proxy says, and every server must take (RFC 9112,
 * section 3.2.2). An empty path is `/`, and a fragment, which no target has, is cut off: else Express may find no path, or throw,
 * and would answer by itself.
 */
export function originForm(target: string): string {
  const [whole = ''] = target.split('#', 1);
  if (whole.startsWith('/')) return whole;
  const rest = whole.replace(SCHEME_AND_AUTHORITY, '');
  return rest === whole || rest.startsWith('/') ? rest : `/${rest}`;
}

/**
 * Refuses what Node lets through of HTTP/1.1: a request that does not say, once, whom it is for (RFC 9112,
 * section 3.2), and transfer codings other than chunked, which nobody undoes (section 6.1).
 *
 * @param limiter for the fields of such an answer
 */
export function requireWellFormed(limiter: Pick<RateLimiter, 'stateOf'>): RequestHandler {
  return (req, _res, next) => {
    const limit = () => addressState(limiter, operationOf(req.method, req.path), req.ip);
    const coding = req.headers['transfer-encoding'];
    if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
      throw new ProblemError('malformed_request', 'Send the body as it is, or chunked.', {
        headers: { Connection: 'close', ...limit() },
        errors: [{ header: 'transfer-encoding', detail: 'must be chunked' }],
      });
    }
    const hosts = req.headersDistinct.host?.length ?? 0;
    if (hosts > 1 || (hosts === 0 && req.httpVersion === '1.1')) {
      throw new ProblemError('malformed_request', 'Send one Host header.', {
        headers: limit(),
        errors: [{ header: 'host', detail: 'must be there exactly once' }],
      });
    }
    next();
  };
}

/**
 * What is left to an address, for an answer that is given before the token is verified; nothing where nothing is limited.
 *
 * @param address `req.ip`
 */
export function addressState(
  limiter: Pick<RateLimiter, 'stateOf'>,
  operation: OperationId | undefined,
  address: string | undefined,
): LimitHeaders {
  return operation === undefined || operations[operation].public ? {} : limiter.stateOf(address);
}

/** Answers `OPTIONS`, and refuses every other method that the path does not have. */
export function otherMethods(methods: readonly string[]): RequestHandler {
  const upper = methods.map((method) => method.toUpperCase());
  const allow = [...upper, ...(upper.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
  return async (req, res) => {
    if (req.method === 'OPTIONS') {
      await send(res, { status: 204, headers: { Allow: allow } });
      return;
    }
    throw new ProblemError('method_not_allowed', `This path takes ${allow}.`, {
      headers: { Allow: allow },
    });
  };
}

/** The answer for every path that the contract does not have. */
export const routeNotFound: RequestHandler = () => {
  throw new ProblemError('route_not_found', 'The API has no such path.');
};
