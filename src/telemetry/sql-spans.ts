import { SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import type { BeginStatement } from './statement-interceptor.ts';

/**
 * Makes a span of each statement, within the span of its request
 * (https://opentelemetry.io/docs/specs/semconv/database/postgresql/). Slonik could make spans itself, but they hold the text
 * of errors, in which PostgreSQL quotes what users wrote. These hold the statement's name and nothing of its values.
 */
export function traceStatements(tracer: Tracer): BeginStatement {
  return (statement) => {
    const span = tracer.startSpan(statement, {
      kind: SpanKind.CLIENT,
      attributes: { 'db.system.name': 'postgresql', 'db.query.summary': statement },
    });
    return (error) => {
      if (error !== undefined) {
        const sqlState = sqlStateOf(error);
        if (sqlState !== undefined) span.setAttribute('db.response.status_code', sqlState);
        const type = sqlState ?? (error instanceof Error ? error.name : typeof error);
        span.setAttribute('error.type', type);
        span.setStatus({ code: SpanStatusCode.ERROR });
      }
      span.end();
    };
  };
}

/** PostgreSQL's code; Slonik's own errors wrap the driver's that has it. */
function sqlStateOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code)) {
    return error.code;
  }
  return sqlStateOf(error.cause);
}
