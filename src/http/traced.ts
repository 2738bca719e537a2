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
import { notesOf } from './context.ts';

/**
 * The stage that makes a span of each request, in the trace of the caller if `traceparent` names one
 * (https://opentelemetry.io/docs/specs/semconv/http/http-spans/). It must be the first, so that everything else is within
 * it. Against the conventions the span has no `url.path` and no query: there are people's ids in them. The route is there.
 */
export function traced(tracer: Tracer): RequestHandler {
  return (req, res, next) => {
    const method = METHODS.includes(req.method) ? req.method : '_OTHER';
    const parent = propagation.extract(context.active(), req.headers);
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
    res.once('close', () => end(span, method, res));
    context.with(trace.setSpan(parent, span), next);
  };
}

function end(span: Span, method: string, res: Response): void {
  const { operation, problem } = notesOf(res);
  if (operation) {
    const route = operations[operation].path;
    span.updateName(nameOf(method, route));
    span.setAttributes({ 'http.route': route, 'app.operation_id': operation });
  }
  if (problem) span.setAttribute('app.problem', problem);
  if (res.headersSent) span.setAttribute('http.response.status_code', res.statusCode);
  if (res.statusCode >= 500) {
    span.setAttribute('error.type', problem ?? String(res.statusCode));
    span.setStatus({ code: SpanStatusCode.ERROR });
  } else if (!res.writableFinished) {
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
