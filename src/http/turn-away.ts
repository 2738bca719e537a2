import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { operations } from '../../generated/operations.ts';
import type { ProblemDraft } from '../contract/types.ts';
import { BODY_LIMIT } from './body.ts';
import { corsFields, isPreflight } from './cors.ts';
import type { OverloadReason, OverloadWatch } from './overload.ts';
import { acceptRequestId } from './request-id.ts';
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
  readonly corsOrigins: readonly string[];
  /** Called with each request that is refused. */
  readonly onRefusal?: ((reason: OverloadReason) => void) | undefined;
}

const PROBLEM: ProblemDraft = {
  code: 'service_unavailable',
  detail: 'There are more requests than can be answered at the moment.',
};

/** After how many seconds clients may come again: in turn, so that they do not all come at once. */
const RETRY_AFTER = ['1', '2', '3'];

/** How often the log tells of refusals, in milliseconds. */
const REPORT_INTERVAL = 1_000;

/** What is asked by those who restart a process, or send requests elsewhere: they would make an overload worse. */
const HEALTH = [operations.getLiveness, operations.getReadiness, operations.getHealth];
const SPARED = new Set(HEALTH.map(({ path }): string => path));

/**
 * An answer here costs a tenth of an answer by the application, which is what keeps the latter going: no look at the token,
 * no line in the log for each, no trace. The answer has what every other has.
 */
export function createTurnAway({
  watch,
  logger,
  corsOrigins,
  onRefusal,
}: TurnAwayOptions): TurnAway {
  const common = Object.entries(securityFields()).flat();
  const cors = corsFields(corsOrigins);
  const report = createReport(logger);
  let count = 0;

  const answer = (req: IncomingMessage, res: ServerResponse) => {
    const requestId = acceptRequestId(req.headers['x-request-id']);
    const body = JSON.stringify(problemDocument(PROBLEM, requestId));
    // Where the next request begins, a coding says that nobody has looked at, or comes after more than anybody wants to read.
    const { 'transfer-encoding': coding, 'content-length': length = '0' } = req.headers;
    if (coding !== undefined || Number(length) > BODY_LIMIT) res.shouldKeepAlive = false;
    const own = [
      'X-Request-Id',
      requestId,
      'Retry-After',
      RETRY_AFTER[count % RETRY_AFTER.length] ?? '1',
      'Content-Type',
      'application/problem+json; charset=utf-8',
      'Content-Length',
      String(Buffer.byteLength(body)),
    ];
    res.writeHead(503, [...own, ...common, ...cors(req.headers.origin)]).end(body);
  };

  return {
    refuse(req, res) {
      // They are no reason to refuse others either.
      if (isSpared(req)) return false;
      const reason = watch.reason();
      if (reason === undefined) return false;
      answer(req, res);
      count += 1;
      onRefusal?.(reason);
      report(reason);
      return true;
    },
    start: watch.start,
    stop: watch.stop,
  };
}

/** Preflights, too: a page learns nothing from one that fails, and browsers send few. */
function isSpared(req: IncomingMessage): boolean {
  if (isPreflight(req)) return true;
  const { url = '' } = req;
  const query = url.indexOf('?');
  return SPARED.has(query === -1 ? url : url.slice(0, query));
}

/** Counts refusals for the log, by reason: the first is told at once, and those after it once a second. */
function createReport(logger: Logger): (reason: OverloadReason) => void {
  let refused: Partial<Record<OverloadReason, number>> = {};
  let timer: NodeJS.Timeout | undefined;
  const tell = () => {
    logger.warn({ refused }, 'overloaded: requests were refused');
    refused = {};
    timer = setTimeout(() => {
      timer = undefined;
      if (Object.keys(refused).length > 0) tell();
    }, REPORT_INTERVAL).unref();
  };
  return (reason) => {
    refused[reason] = (refused[reason] ?? 0) + 1;
    if (!timer) tell();
  };
}
