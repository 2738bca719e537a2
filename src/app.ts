import express, { type Express, type RequestHandler } from 'express';
import type { Tracer } from '@opentelemetry/api';
import type { Logger } from 'pino';
import type { DocsFile } from './docs/files.ts';
import { addDocsRoutes } from './docs/routes.ts';
import { requestContext } from './http/context.ts';
import { crossOrigin } from './http/cors.ts';
import { dispatch, type DispatchDeps } from './http/dispatch.ts';
import { errorHandler } from './http/errors.ts';
import { measured } from './http/measured.ts';
import { parseQuery } from './http/query.ts';
import { requireWellFormed, routeNotFound, routeOperations } from './http/routes.ts';
import { securityHeaders } from './http/security-headers.ts';
import { traced } from './http/traced.ts';
import { checks, handlers, type HandlerDeps } from './operations.ts';
import type { Metrics } from './telemetry/metrics.ts';

/** Everything the application needs; it reads nothing else, neither environment nor files. */
export interface AppDeps extends DispatchDeps, Omit<HandlerDeps, 'db'> {
  readonly logger: Logger;
  /** The key of the hashes by which the log tells users apart. */
  readonly logKey: Uint8Array;
  /** The origins whose pages may call the API. */
  readonly corsOrigins: readonly string[];
  /** How many proxies in front are trusted to name the client. */
  readonly trustProxy: number;
  /** What is served beside the API, by its path. */
  readonly docs: ReadonlyMap<string, DocsFile>;
  /** What is measured, if anything is. */
  readonly metrics: Metrics | undefined;
  /** Makes the spans of traces, if there are to be any. */
  readonly tracer: Tracer | undefined;
}

/** The HTTP application, listening nowhere yet: the pipeline from top to bottom, one line a stage. */
export function createApp(deps: AppDeps): Express {
  const app = express();
  app.set('trust proxy', deps.trustProxy);
  app.set('strict routing', true);
  app.set('case sensitive routing', true);
  app.set('query parser', parseQuery);
  app.disable('x-powered-by');

  app.use(
    inSequence([
      ...(deps.tracer ? [traced(deps.tracer)] : []),
      requestContext(deps.logger, deps),
      ...(deps.metrics ? [measured(deps.metrics.measureRequest)] : []),
      securityHeaders(),
      crossOrigin(deps.corsOrigins),
      requireWellFormed(deps.limiter),
      // From authentication to the answer: see dispatch.
      routeOperations((id) => dispatch(id, handlers[id], deps, checks[id])),
    ]),
  );
  addDocsRoutes(app, deps.docs);
  app.use(routeNotFound);
  app.use(errorHandler);
  return app;
}

/**
 * Stages as one: to pass from one to the next costs Express more than most of them do. What the last one is rejected with goes where
 * Express has it go.
 */
function inSequence(stages: readonly RequestHandler[]): RequestHandler {
  return stages.reduceRight((rest, stage) => (req, res, next) => {
    return stage(req, res, (error?: unknown) => {
      if (error !== undefined) {
        next(error);
        return;
      }
      const done = rest(req, res, next);
      if (done instanceof Promise)
        done.catch((thrown: unknown) => {
          next(thrown ?? new Error('rejected without a reason'));
        });
    });
  });
}
