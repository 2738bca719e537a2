import type { Request, RequestHandler, Response } from 'express';
import {
  takesIdempotencyKey,
  type MeasureRequest,
  type RequestOutcome,
} from '../telemetry/http-metrics.ts';
import { notesOf, sentStatus } from './context.ts';
import { fieldsOf } from './fields.ts';

/** The stage that measures requests; the one that gives them their context must come before it. */
export function measured(measure: MeasureRequest): RequestHandler {
  return (req, res, next) => {
    const end = measure();
    res.on('close', () => {
      const { operation, problem, cause, unauthenticated } = notesOf(res);
      end({
        operation,
        status: sentStatus(res),
        problem,
        cause: unauthenticated ?? cause,
        idempotency: idempotency(req, res, operation),
      });
    });
    next();
  };
}

function idempotency(
  req: Request,
  res: Response,
  operation: RequestOutcome['operation'],
): RequestOutcome['idempotency'] {
  if (req.headers['idempotency-key'] === undefined || !operation) return undefined;
  // What was not answered may not have been done; its repeat tells.
  if (!res.headersSent || res.statusCode > 299 || !takesIdempotencyKey(operation)) return undefined;
  return 'Idempotency-Replayed' in fieldsOf(res) ? 'replayed' : 'first';
}
