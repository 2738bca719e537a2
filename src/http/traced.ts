import { METHODS } from 'node:http';
import {
  context,
  propagation,
  SpanKind,
  SpanStatusCode,
  trace,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import type { RequestHandler, Response } from 'express';
import { operations } from '../../generated/operations.ts';
import { notesOf, sentStatus } from './context.ts';

/**
 * The stage that makes a span of each request, in the trace of the caller if `traceparent` names one
 * (https://opentelemetry.io/docs/specs/semconv/http/http-spans/). It must be the first, so that everything else is within
 * it. Against the conventions the span has no `url.path` and no query: there are people's ids in them. The route is there.
 */
export function traced(tracer: Tracer): RequestHandler {
  return (req, res, next) => {
    const method = METHODS.includes(req.method) ? req.method : '_OTHER';
    // Nothing else of the caller's: `tracestate` and `baggage` are free text, and nothing here passes them on.
    const { traceparent } = req.headers;
    const parent = propagation.extract(context.active(), { traceparent });
    const span = tracer.startSpan(
      nameOf(method),
      {
        kind: SpanKind.SERVER,
        attributes: {
          'http.request.method': method,
          'url.scheme': 'http',
          'network.protocol.version': req.httpVersion,
        },
      },
      parent,
    );
    res.on('close', () => end(span, method, res));
    context.with(trace.setSpan(parent, span), next);
  };
}

function end(span: Span, method: string, res: Response): void {
  const { operation, problem, status: statusOnConnection } = notesOf(res);
  const status = sentStatus(res);
  if (operation) {
    const route = operations[operation].path;
    span.updateName(nameOf(method, route));
    span.setAttributes({ 'http.route': route, 'app.operation_id': operation });
  }
  if (problem) span.setAttribute('app.problem', problem);
  if (status !== undefined) span.setAttribute('http.response.status_code', status);
  if (status !== undefined && status >= 500) {
    span.setAttribute('error.type', problem ?? String(status));
    span.setStatus({ code: SpanStatusCode.ERROR });
  } else if (!res.writableFinished && statusOnConnection === undefined) {
    // The client left, or the connection broke.
    span.setAttribute('error.type', 'aborted');
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
}

function nameOf(method: string, route?: string): string {
  const name = method === '_OTHER' ? 'HTTP' : method;
  return route === undefined ? name : `${name} ${route}`;
}
