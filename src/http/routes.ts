import type { RequestHandler } from 'express';
import { operations } from '../../generated/operations.ts';
import { ProblemError } from '../contract/problems.ts';
import type { OperationId } from '../contract/types.ts';
import type { LimitHeaders, RateLimiter } from './limits/rate-limiter.ts';
import { timesSent } from './fields.ts';
import { createPathIndex } from './path-index.ts';
import { send } from './send.ts';

const operationIds = Object.keys(operations).filter((id): id is OperationId => id in operations);

/** Every path of the contract, with its operations. */
const paths = [...Map.groupBy(operationIds, (id) => operations[id].path)];

const operationsOf = createPathIndex(
  paths.map(([path, ids]) => [path, byMethod(ids, (id) => id)] as const),
);

/** What there is for each operation of a path, by its method in upper case; `HEAD` is `GET`. */
function byMethod<Value>(
  ids: readonly OperationId[],
  valueOf: (id: OperationId) => Value,
): ReadonlyMap<string, Value> {
  const values = new Map<string, Value>();
  for (const id of ids) {
    const value = valueOf(id);
    values.set(operations[id].method.toUpperCase(), value);
    if (operations[id].method === 'get') values.set('HEAD', value);
  }
  return values;
}

/**
 * Hands each request to its operation, and answers what a path of the contract does not take. What has no such path goes on.
 *
 * Express alone would try one path after the other, so that a request would cost more the more paths there are.
 *
 * @param handlerOf called once for each operation
 */
export function routeOperations(handlerOf: (id: OperationId) => RequestHandler): RequestHandler {
  const handlersOf = createPathIndex(
    paths.map(([path, ids]) => {
      const others = otherMethods(ids.map((id) => operations[id].method));
      return [path, { handlers: byMethod(ids, handlerOf), others }] as const;
    }),
  );
  return (req, res, next) => {
    const found = handlersOf(req.path);
    if (!found) {
      next();
      return;
    }
    const { value, parameters } = found;
    if (!parameters)
      throw new ProblemError('malformed_url', 'The path is not valid percent-encoded UTF-8.');
    req.params = parameters;
    const handle = value.handlers.get(req.method) ?? value.others;
    // Express waits for the promise, and answers what it is rejected with.
    return handle(req, res, next);
  };
}

/**
 * The operation that a request would be handed to, for one that does not get as far.
 *
 * @param method in upper case; `HEAD` is `GET` here
 * @param path without the query, `req.path`
 */
export function operationOf(method: string, path: string): OperationId | undefined {
  const found = operationsOf(path);
  return found?.parameters && found.value.get(method);
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
    const limit = () => addressState(limiter, operationOf(req.method, req.path), () => req.ip);
    const coding = req.headers['transfer-encoding'];
    if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
      throw new ProblemError('malformed_request', 'Send the body as it is, or chunked.', {
        headers: { Connection: 'close', ...limit() },
        errors: [{ header: 'transfer-encoding', detail: 'must be chunked' }],
      });
    }
    const hosts = timesSent(req, 'host');
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
 * @param address gives `req.ip`
 */
export function addressState(
  limiter: Pick<RateLimiter, 'stateOf'>,
  operation: OperationId | undefined,
  address: () => string | undefined,
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
