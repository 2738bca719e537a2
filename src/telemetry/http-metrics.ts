import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { operations } from '../../generated/operations.ts';
import {
  AuthenticationError,
  authenticationFailures,
  KeySourceUnavailableError,
} from '../auth/errors.ts';
import type { OperationId, ProblemCode } from '../contract/types.ts';

/** How a request ended. */
export interface RequestOutcome {
  /** Absent for paths and methods that the contract does not have. */
  readonly operation: OperationId | undefined;
  /** Of the answer; absent when the client left before there was one. */
  readonly status: number | undefined;
  /** The problem that was the answer. */
  readonly problem: ProblemCode | undefined;
  /** What was thrown first. */
  readonly cause: unknown;
  /** What became of its `Idempotency-Key`, when it did the work or repeated the answer. */
  readonly idempotency: 'first' | 'replayed' | undefined;
}

/** Counts a request from its beginning. It returns what is to be called at its end. */
export type MeasureRequest = () => (outcome: RequestOutcome) => void;

/** From a millisecond, below the fastest answer with a query, to twice what a statement may take; in seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The reason that is no fault of the token. */
const KEYS_UNAVAILABLE = 'key_source_unavailable';

const BY_PROBLEM: Partial<Record<ProblemCode, string>> = {
  idempotency_key_reused: 'reused',
  idempotency_key_in_use: 'in_use',
};

/** Registers the metrics of requests. Their labels have only values that stand in the contract or in this source. */
export function createHttpMetrics(registry: Registry): MeasureRequest {
  const registers = [registry];
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'How long requests took, from their headers to the end of the answer.',
    labelNames: ['operation_id', 'status_class'],
    buckets: BUCKETS,
    registers,
  });
  let inFlight = 0;
  new Gauge({
    name: 'http_requests_in_flight',
    help: 'Requests that have begun and not ended.',
    registers,
    collect() {
      this.set(inFlight);
    },
  });
  const authFailures = new Counter({
    name: 'auth_failures_total',
    help: 'Requests that could not be authenticated, by reason.',
    labelNames: ['reason'],
    registers,
  });
  for (const reason of [...authenticationFailures, KEYS_UNAVAILABLE])
    authFailures.inc({ reason }, 0);
  const idempotency = new Counter({
    name: 'idempotency_keys_total',
    help: 'Requests with an Idempotency-Key, by what became of it.',
    labelNames: ['outcome'],
    registers,
  });
  for (const outcome of ['first', 'replayed', ...Object.values(BY_PROBLEM)]) {
    idempotency.inc({ outcome }, 0);
  }

  return () => {
    inFlight += 1;
    const startedAt = performance.now();
    return ({ operation, status, problem, cause, idempotency: key }) => {
      inFlight -= 1;
      duration.observe(
        { operation_id: operation ?? 'none', status_class: statusClass(status) },
        (performance.now() - startedAt) / 1000,
      );
      const reason = authFailure(cause);
      if (reason !== undefined) authFailures.inc({ reason });
      const outcome = key ?? (problem && BY_PROBLEM[problem]);
      if (outcome !== undefined) idempotency.inc({ outcome });
    };
  };
}

function authFailure(cause: unknown): string | undefined {
  if (cause instanceof AuthenticationError) return cause.reason;
  return cause instanceof KeySourceUnavailableError ? KEYS_UNAVAILABLE : undefined;
}

function statusClass(status: number | undefined): string {
  return status === undefined ? 'none' : `${Math.floor(status / 100)}xx`;
}

/** Whether the operation takes an `Idempotency-Key`. */
export function takesIdempotencyKey(operation: OperationId): boolean {
  const names: readonly string[] = operations[operation].parameters.header;
  return names.includes('idempotency-key');
}
