import type { Request, RequestHandler } from 'express';
import { operations } from '../../generated/operations.ts';
import type { Authenticate } from '../auth/authenticator.ts';
import { AuthenticationError } from '../auth/errors.ts';
import type { Principal } from '../auth/principal.ts';
import { ProblemError } from '../contract/problems.ts';
import type { AnyResponse, Handlers, OperationId } from '../contract/types.ts';
import type { Contract } from '../contract/validator.ts';
import { readBody } from './body.ts';
import { send } from './send.ts';

/** What serving a request takes, beside what the handlers need. */
export interface DispatchDeps {
  readonly contract: Contract;
  readonly authenticate: Authenticate;
  /** Check every answer against the contract before it is sent. */
  readonly validateResponses: boolean;
}

/**
 * Everything that happens to a request of one operation, in order. Who asks is settled from the
 * headers and the path alone, so no body is read from strangers and no query is made for them.
 */
export function dispatch<Deps extends DispatchDeps>(
  operationId: OperationId,
  handler: Handlers<Deps>[OperationId],
  deps: Deps,
): RequestHandler {
  const operation = operations[operationId];
  // The one cast: the validator has just made the request what the contract, and so the type, says.
  const handle = handler as (request: object, deps: Deps) => Promise<AnyResponse>;
  const check = deps.validateResponses
    ? deps.contract.validateResponse.bind(undefined, operationId)
    : undefined;

  return async (req, res) => {
    const principal = operation.public
      ? undefined
      : await authenticateOwner(req, deps.authenticate);
    const { mediaType, value: body } = await readBody(req, operation);
    const { params: path, query, headers } = req;
    const raw = { path, query, headers, mediaType, body };
    const request = await deps.contract.validateRequest(operationId, raw);
    const response = await handle({ ...request, principal }, deps);
    await send(res, response, check);
  };
}

/**
 * Who asks, when that is who owns the path.
 *
 * @throws AuthenticationError, KeySourceUnavailableError; ProblemError `forbidden` on another user's path,
 *   whether or not that user exists
 */
async function authenticateOwner(req: Request, authenticate: Authenticate): Promise<Principal> {
  // Node keeps the first of several; a proxy in front may have checked the last.
  const fields = req.headersDistinct.authorization ?? [];
  if (fields.length > 1) throw new AuthenticationError('malformed');
  const principal = await authenticate(fields[0]);
  if (req.params.user_id !== principal.subject) {
    throw new ProblemError('forbidden', 'This path belongs to another user than the token.');
  }
  return principal;
}
