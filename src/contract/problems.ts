import type { InvalidField, ProblemCode, ProblemDraft } from './types.ts';

interface Problem {
  /** HTTP status. */
  readonly status: number;
  /** A short summary for people, the same for every occurrence (RFC 9457, `title`). */
  readonly title: string;
  /** Why it happens, in one sentence for docs/errors.md; Markdown. */
  readonly cause: string;
  /** What a client should do about it, in one sentence for docs/errors.md; Markdown. */
  readonly remedy: string;
}

/** Every problem that the API can answer. The contract documents which operation answers which. */
export const problems = {
  invalid_request: {
    status: 400,
    title: 'Invalid request',
    cause: 'A parameter, a header or the body breaks the contract.',
    remedy: 'Correct every place that `errors` names; sending the same request again cannot help.',
  },
  malformed_body: {
    status: 400,
    title: 'Malformed body',
    cause:
      'The body is not JSON in UTF-8 (RFC 8259) within the limits of I-JSON (RFC 7493), or did not arrive whole.',
    remedy:
      'Send valid JSON without a byte order mark, duplicate property names and lone surrogates, with the length that was announced; `errors` names the parameters that are wrong, too.',
  },
  invalid_cursor: {
    status: 400,
    title: 'Invalid cursor',
    cause: 'The cursor is damaged, or was made for another list, sort order or filter.',
    remedy:
      'Start again from the first page, and send each `next_cursor` unchanged with the same `sort` and `completed`.',
  },
  malformed_url: {
    status: 400,
    title: 'Malformed URL',
    cause: 'The path is not valid percent-encoded UTF-8.',
    remedy: 'Percent-encode each part of the URL as UTF-8, the user id too.',
  },
  malformed_request: {
    status: 400,
    title: 'Malformed request',
    cause: 'The request is not valid HTTP.',
    remedy: 'Use an HTTP client library, and look for a proxy that alters requests.',
  },
  authentication_required: {
    status: 401,
    title: 'Authentication required',
    cause: 'The request carries no bearer token.',
    remedy: 'Send a token of the identity provider as `Authorization: Bearer <token>`.',
  },
  invalid_token: {
    status: 401,
    title: 'Invalid token',
    cause:
      'The bearer token is damaged, expired, revoked by the deletion of its user (up to 5 seconds after it), or not meant for this API.',
    remedy:
      'Get a new token from the identity provider and try again once; if that fails too, sign the user in again.',
  },
  forbidden: {
    status: 403,
    title: 'Forbidden',
    cause:
      'The user in the path is not the subject of the token, whether or not such a user exists.',
    remedy: "Put the token's `sub`, percent-encoded, into the path.",
  },
  task_not_found: {
    status: 404,
    title: 'Task not found',
    cause:
      "The user has no task with this id: it never existed, was deleted, or is somebody else's.",
    remedy: 'Drop the task from what is shown, and list the tasks again.',
  },
  route_not_found: {
    status: 404,
    title: 'Route not found',
    cause: 'No operation has this path.',
    remedy: 'Compare the path with the contract; it has no trailing slash.',
  },
  method_not_allowed: {
    status: 405,
    title: 'Method not allowed',
    cause: 'The path has operations, but none with this method.',
    remedy: 'Use one of the methods that the `Allow` header names.',
  },
  not_acceptable: {
    status: 406,
    title: 'Not acceptable',
    cause: 'The `Accept` header allows no format that the operation can answer with.',
    remedy:
      'Accept `application/json` or another media type that the operation documents, or leave the header out.',
  },
  request_timeout: {
    status: 408,
    title: 'Request timeout',
    cause: 'The request did not arrive in time.',
    remedy: 'Send it again on a new connection.',
  },
  idempotency_key_in_use: {
    status: 409,
    title: 'Idempotency key in use',
    cause: 'A request with the same `Idempotency-Key` is still running.',
    remedy:
      'Wait as long as `Retry-After` says, and send the same request with the same key again.',
  },
  precondition_failed: {
    status: 412,
    title: 'Precondition failed',
    cause:
      '`If-Match` does not name the current representation: it was written to since it was read. Nothing was changed.',
    remedy: 'Read the resource again, decide anew, and send the change with its new `ETag`.',
  },
  content_too_large: {
    status: 413,
    title: 'Content too large',
    cause: 'The body is longer than 131,072 bytes, as it is sent or after decompression.',
    remedy: 'Send less; no task that the contract allows is that long.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'Unsupported media type',
    cause:
      'The body has another media type, charset or content coding than the operation takes, or names one twice.',
    remedy:
      'Send it as the media type that `Accept` or `Accept-Patch` of the answer names, in UTF-8.',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'Idempotency key reused',
    cause:
      'The `Idempotency-Key` was used in the last 24 hours for a request with another body. Nothing was written.',
    remedy:
      'Choose a new key for each new task, and repeat a request only with the body that it had.',
  },
  precondition_required: {
    status: 428,
    title: 'Precondition required',
    cause:
      'The request has no `If-Match`, and the operation, or the configuration of the server, requires it.',
    remedy: 'Read the resource, and send its `ETag` as `If-Match`.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    cause:
      'The user has sent too many requests in this window, or the client address has failed to authenticate too often.',
    remedy:
      'Wait as long as `Retry-After` says, and slow down when `r` in `RateLimit` comes near zero.',
  },
  header_fields_too_large: {
    status: 431,
    title: 'Header fields too large',
    cause: 'The header section of the request is too long.',
    remedy: 'Send fewer or shorter header fields, cookies above all.',
  },
  internal_error: {
    status: 500,
    title: 'Internal error',
    cause: 'The server failed in a way that it did not foresee.',
    remedy:
      'Report the `request_id`; try again later only what is safe to repeat: a read, or a write with `If-Match` or an `Idempotency-Key`.',
  },
  service_unavailable: {
    status: 503,
    title: 'Service unavailable',
    cause: 'Something that the server needs is away or overloaded, or the server is shutting down.',
    remedy:
      'Wait as long as `Retry-After` says, and try again what is safe to repeat: a read, or a write with `If-Match` or an `Idempotency-Key`.',
  },
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
