import type { Request, RequestHandler, Response } from 'express';
import {
  takesIdempotencyKey,
  type MeasureRequest,
  type RequestOutcome,
} from '../telemetry/http-metrics.ts';
import { notesOf } from './context.ts';

/** The stage that measures requests; the one that gives them their context must come before it. */
export function measured(measure: MeasureRequest): RequestHandler {
  return (req, res, next) => {
    const end = measure();
    res.once('close', () => {
      const { operation, problem, cause } = notesOf(res);
      end({
        operation,
        status: res.headersSent ? res.statusCode : undefined,
        problem,
        cause,
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
  if (!takesIdempotencyKey(operation) || res.statusCode > 299) return undefined;
  return res.hasHeader('Idempotency-Replayed') ? 'replayed' : 'first';
}
