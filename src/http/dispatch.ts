import type { Request, RequestHandler, Response } from 'express';
import type { DatabasePool } from 'slonik';
import { operations } from '../../generated/operations.ts';
import type { Authenticate } from '../auth/authenticator.ts';
import { AuthenticationError } from '../auth/errors.ts';
import type { Principal } from '../auth/principal.ts';
import { ProblemError } from '../contract/problems.ts';
import type { AnyResponse, Handlers, OperationId, RequestCheck } from '../contract/types.ts';
import type { Contract } from '../contract/validator.ts';
import type { Database } from '../db/owner.ts';
import { withRetry } from '../db/retry.ts';
import { readBody } from './body.ts';
import { requirePrecondition } from './conditional.ts';
import { note } from './context.ts';
import { fieldsOf, timesSent } from './fields.ts';
import { idempotently } from './idempotency.ts';
import type { RateLimiter } from './limits/rate-limiter.ts';
import { isNegotiated, negotiateMediaType } from './negotiate.ts';
import { keepPrivately } from './security-headers.ts';
import { send } from './send.ts';
import { untilBegun } from './stream.ts';

/** What serving a request takes, beside what the handlers need. */
export interface DispatchDeps {
  readonly contract: Contract;
  readonly authenticate: Authenticate;
  readonly limiter: RateLimiter;
  readonly db: DatabasePool;
  /** The database for requests of one user. */
  readonly databaseOf: (subject: string) => Database;
  /** Called when a request with an `Idempotency-Key` has been done. */
  readonly onKeyUse: () => void;
  /** Refuse to change anything without `If-Match`. */
  readonly requireIfMatch: boolean;
  /** Check every answer against the contract before it is sent. */
  readonly validateResponses: boolean;
}

/** Deps as a handler has them: its database may be a transaction. */
type InTransaction<Deps> = Omit<Deps, 'db'> & { readonly db: Database };

/**
 * Everything that happens to a request of one operation, in order. Who asks is settled from the
 * headers and the path alone, so no body is read from strangers and no query is made for them.
 *
 * @param invalid what the handler would refuse, for the report of a request that is refused anyway
 */
export function dispatch<Deps extends DispatchDeps>(
  operationId: OperationId,
  handler: Handlers<InTransaction<Deps>>[OperationId],
  deps: Deps,
  invalid?: RequestCheck,
): RequestHandler {
  const operation = operations[operationId];
  const { contract, databaseOf } = deps;
  // The one cast: the validator has just made the request what the contract, and so the type, says.
  const handle = handler as (request: object, deps: InTransaction<Deps>) => Promise<AnyResponse>;
  const check = deps.validateResponses
    ? contract.validateResponse.bind(undefined, operationId)
    : undefined;

  return async (req, res) => {
    note(res, { operation: operationId });
    const principal = operation.public ? undefined : await admit(req, res, deps);
    requirePrecondition(operationId, req.headers, deps.requireIfMatch);
    const accept = negotiateMediaType(req, operation);
    // Where nothing is waited for there is no promise, here and in `admit`: to wait for none costs as much as some stages do.
    const reading = readBody(req, operation);
    const sent = reading instanceof Promise ? await reading : reading;
    const { mediaType, value: body, malformed } = sent;
    const { params: path, query, headers } = req;
    const raw = { path, query, headers, mediaType, body, malformed };
    const request = await contract.validateRequest(operationId, raw, invalid);

    const work = async (database: Database) => {
      const response = await handle({ ...request, accept, principal }, { ...deps, db: database });
      if (response.stream && req.method !== 'HEAD') await untilBegun(response.stream);
      return response;
    };
    const repeat = repetition(req, operationId, principal, request);
    const db = principal ? databaseOf(principal.subject) : deps.db;
    const response = await withRetry(
      () => (repeat ? idempotently(db, repeat, work) : work(db)),
      repeat !== undefined || operation.method === 'get',
    );
    if (repeat) deps.onKeyUse();
    if (principal && response.status < 400) keepPrivately(res, isNegotiated(operation));
    await send(res, response, check);
  };
}

/**
 * Who asks, when they own the path and have not asked too often.
 *
 * @throws AuthenticationError, KeySourceUnavailableError; ProblemError `rate_limited`; ProblemError
 *   `forbidden` on another user's path, whether or not that user exists
 */
async function admit(
  req: Request,
  res: Response,
  { authenticate, limiter }: DispatchDeps,
): Promise<Principal> {
  limiter.checkAddress(() => req.ip);
  let principal;
  try {
    const found = authenticateRequest(req, authenticate);
    principal = found instanceof Promise ? await found : found;
  } catch (error) {
    const isFailure = error instanceof AuthenticationError;
    if (isFailure) note(res, { unauthenticated: error });
    const state = isFailure ? await limiter.countFailure(req.ip) : limiter.stateOf(() => req.ip);
    Object.assign(fieldsOf(res), state);
    throw error;
  }
  note(res, { user: principal.subject });
  const counted = limiter.countRequest(principal.subject);
  Object.assign(fieldsOf(res), counted instanceof Promise ? await counted : counted);
  if (req.params.user_id !== principal.subject) {
    throw new ProblemError('forbidden', 'This path belongs to another user than the token.');
  }
  return principal;
}

function authenticateRequest(req: Request, authenticate: Authenticate) {
  // Node keeps the first of several; a proxy in front may have checked the last.
  if (timesSent(req, 'authorization') > 1) throw new AuthenticationError('malformed');
  return authenticate(req.headers.authorization);
}

/** What makes a request repeatable: its `Idempotency-Key`, where the contract has one. */
function repetition(
  req: Request,
  operationId: OperationId,
  owner: Principal | undefined,
  { path, query, body }: { path: object; query: object; body: unknown },
) {
  const names: readonly string[] = operations[operationId].parameters.header;
  const field = names.includes('idempotency-key') ? req.headers['idempotency-key'] : undefined;
  if (owner === undefined || typeof field !== 'string') return undefined;
  return { owner, operationId, field, content: { path, query, body } };
}
