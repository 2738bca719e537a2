import type { InvalidField, ProblemCode, ProblemDraft } from './types.ts';

interface Problem {
  /** HTTP status. */
  readonly status: number;
  /** A short summary for people, the same for every occurrence (RFC 9457, `title`). */
  readonly title: string;
}

/** Every problem that the API can answer. The contract documents which operation answers which. */
export const problems = {
  invalid_request: { status: 400, title: 'Invalid request' },
  malformed_body: { status: 400, title: 'Malformed body' },
  invalid_cursor: { status: 400, title: 'Invalid cursor' },
  malformed_url: { status: 400, title: 'Malformed URL' },
  malformed_request: { status: 400, title: 'Malformed request' },
  authentication_required: { status: 401, title: 'Authentication required' },
  invalid_token: { status: 401, title: 'Invalid token' },
  forbidden: { status: 403, title: 'Forbidden' },
  task_not_found: { status: 404, title: 'Task not found' },
  route_not_found: { status: 404, title: 'Route not found' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  request_timeout: { status: 408, title: 'Request timeout' },
  content_too_large: { status: 413, title: 'Content too large' },
  unsupported_media_type: { status: 415, title: 'Unsupported media type' },
  header_fields_too_large: { status: 431, title: 'Header fields too large' },
  internal_error: { status: 500, title: 'Internal error' },
  service_unavailable: { status: 503, title: 'Service unavailable' },
} as const satisfies Record<ProblemCode, Problem>;

/**
 * An outcome of the domain that a handler returns.
 *
 * @param code which problem; it must be documented for the operation to compile
 * @param detail a sentence for people about this occurrence
 * @param errors the invalid places, for 400
 */
export function problem<Code extends ProblemCode>(
  code: Code,
  detail: string,
  errors?: InvalidField[],
): { status: (typeof problems)[Code]['status']; problem: ProblemDraft<Code> } {
  return { status: problems[code].status, problem: { code, detail, ...(errors && { errors }) } };
}

interface ProblemErrorOptions {
  /** The invalid places, for 400. */
  readonly errors?: InvalidField[];
  /** Response headers that belong to the problem, such as `Retry-After` (seconds). */
  readonly headers?: Readonly<Record<string, string>>;
  /** What went wrong inside; logged, never sent. */
  readonly cause?: unknown;
}

/** An outcome of the pipeline (400, 401, 403, 413, 415, 503 ...), thrown and answered in one place. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: ProblemCode;
  readonly errors: InvalidField[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  /** @param detail a sentence for people about this occurrence; it is sent to the client */
  constructor(code: ProblemCode, detail: string, options: ProblemErrorOptions = {}) {
    super(detail, { cause: options.cause });
    this.code = code;
    this.errors = options.errors;
    this.headers = options.headers ?? {};
  }
}
