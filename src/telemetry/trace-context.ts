import { randomHex } from '../random.ts';

/** The trace that a request belongs to. */
export interface TraceContext {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string;
  /** The caller's span, 16 lower-case hexadecimal digits; absent when the trace begins here. */
  readonly parentSpanId: string | undefined;
}

/**
 * version "-" trace-id "-" parent-id "-" trace-flags. Version ff is forbidden, as are ids of zeros. A version after 00 may
 * bring more, after another dash, and is read as far as it is known.
 */
const TRACEPARENT =
  /^(?:00-(?=.{52}$)|(?!00|ff)[0-9a-f]{2}-(?=.{52}(?:-|$)))(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}/;

/**
 * Continues the trace that `traceparent` names (https://www.w3.org/TR/trace-context/, section 3.2). A malformed one, or
 * several, count as none: a new trace begins.
 *
 * @param traceparent the field value as Node joins it; `undefined` when it was not sent
 */
export function traceContext(traceparent: string | string[] | undefined): TraceContext {
  const match = typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent) : null;
  return {
    traceId: match?.[1] ?? randomHex(),
    parentSpanId: match?.[2],
  };
}
