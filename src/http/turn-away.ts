import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { operations } from '../../generated/operations.ts';
import type { OperationId, ProblemDraft } from '../contract/types.ts';
import { BODY_LIMIT } from './body.ts';
import { createClientAddress } from './client-address.ts';
import { createBeginRequest, note } from './context.ts';
import { corsFields, isPreflight } from './cors.ts';
import { createLineQuota } from './line-quota.ts';
import type { RateLimiter } from './limits/rate-limiter.ts';
import type { OverloadReason, OverloadWatch } from './overload.ts';
import { acceptRequestId } from './request-id.ts';
import { leaveBytesOut } from './request-line.ts';
import { addressState, operationOf } from './routes.ts';
import { securityFields } from './security-headers.ts';
import { problemDocument } from './send.ts';

/** Refuses requests that are too many, before anything is done for them. */
export interface TurnAway {
  /** @returns whether the request was refused, and so is answered */
  readonly refuse: (req: IncomingMessage, res: ServerResponse) => boolean;
  /** Begins and ends to watch for an overload. */
  readonly start: () => void;
  readonly stop: () => void;
}

interface TurnAwayOptions {
  readonly watch: OverloadWatch;
  readonly logger: Logger;
  readonly limiter: Pick<RateLimiter, 'stateOf'>;
  readonly corsOrigins: readonly string[];
  /** How many proxies in front are trusted to name the client. */
  readonly trustProxy: number;
  /** Called with each request that is refused. */
  readonly onRefusal?: ((reason: OverloadReason) => void) | undefined;
}

const PROBLEM: ProblemDraft = {
  code: 'service_unavailable',
  detail: 'There are more requests than can be answered at the moment.',
};

/** After how many seconds clients may come again: in turn, so that they do not all come at once. */
const RETRY_AFTER = ['1', '2', '3'];

/** The document in pieces, between which is the request's id, of which nothing is to be escaped in JSON. */
const DOCUMENT = JSON.stringify(problemDocument(PROBLEM, '{id}')).split('{id}');

/** What is asked by those who restart a process, or send requests elsewhere: they would make an overload worse. */
const HEALTH = [operations.getLiveness, operations.getReadiness, operations.getHealth];
const SPARED = new Set(HEALTH.map(({ path }): string => path));

/**
 * An answer here costs a sixth to a fourth of one by the application, which is what keeps the latter going: no look at the token, no
 * span. The answer has what every other has, and its line, where it has one, says what every other does.
 */
export function createTurnAway(options: TurnAwayOptions): TurnAway {
  const { watch, logger, limiter, corsOrigins, trustProxy, onRefusal } = options;
  const begin = createBeginRequest(logger);
  const addressOf = createClientAddress(trustProxy);
  const lines = createLineQuota(logger);
  const common = Object.entries(securityFields()).flat();
  const cors = corsFields(corsOrigins);
  let count = 0;

  const answer = (
    req: IncomingMessage,
    res: ServerResponse,
    operation: OperationId | undefined,
    requestId: string,
  ) => {
    const body = DOCUMENT.join(requestId);
    // Where the next request begins, a coding says that nobody has looked at, or comes after more than anybody wants to read.
    const { 'transfer-encoding': coding, 'content-length': length = '0' } = req.headers;
    if (coding !== undefined || Number(length) > BODY_LIMIT) res.shouldKeepAlive = false;
    const fields = [
      ...common,
      ...cors(req.headers.origin),
      'X-Request-Id',
      requestId,
      'Retry-After',
      RETRY_AFTER[count % RETRY_AFTER.length] ?? '1',
      'Content-Type',
      'application/problem+json; charset=utf-8',
      'Content-Length',
      String(body.length),
    ];
    const state = addressState(limiter, operation, () => addressOf(req));
    for (const [name, value] of Object.entries(state)) fields.push(name, value);
    res.writeHead(503, fields).end(body, 'latin1');
  };

  return {
    refuse(req, res) {
      // They are no reason to refuse others either. A page learns nothing from a preflight that fails, and browsers send few.
      const path = pathOf(req);
      if (SPARED.has(path) || isPreflight(req)) return false;
      const reason = watch.reason();
      if (reason === undefined) return false;
      const operation = operationOf(req.method ?? '', path);
      if (lines.take(reason)) {
        begin(req, res, (requestId) => {
          note(res, { ...(operation && { operation }), problem: PROBLEM.code, overload: reason });
          answer(req, res, operation, requestId);
        });
      } else {
        res.once('close', () => leaveBytesOut(req.socket));
        answer(req, res, operation, acceptRequestId(req.headers['x-request-id']));
      }
      count += 1;
      onRefusal?.(reason);
      return true;
    },
    start: watch.start,
    stop() {
      watch.stop();
      lines.end();
    },
  };
}

function pathOf({ url = '' }: IncomingMessage): string {
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}
