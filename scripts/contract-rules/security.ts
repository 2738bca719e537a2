import type { Operation } from './operations.ts';

/** Everything needs a token but the health of the service, and says how a request without the right one is refused. */
export function* secured(operation: Operation): Generator<string> {
  if (operation.isOptional) yield 'A token is needed or it is not: no requirement may be empty.';
  if (!operation.isSecured) {
    const { tags } = operation.node;
    const isHealth = Array.isArray(tags) && tags.includes('health');
    if (operation.path.startsWith('/api/')) yield 'Everything under /api needs a token.';
    if (!isHealth) yield 'Only operations with the tag health may do without a token.';
    return;
  }
  if (!operation.has('path', 'user_id')) yield 'The path of a secured operation needs {user_id}.';
  const unauthorized = operation.response(401);
  if (unauthorized === undefined) yield 'A secured operation can answer 401.';
  else if (!unauthorized.headers.has('www-authenticate')) {
    yield 'A 401 needs WWW-Authenticate (RFC 9110, section 15.5.2).';
  }
  if (operation.response(403) === undefined) yield 'A secured operation can answer 403.';
}

/** Requests are counted: 429 says when to come back, and every answer before it how many are left. */
export function* rateLimited(operation: Operation): Generator<string> {
  if (!operation.isSecured) return;
  if (operation.response(429) === undefined) yield 'A secured operation can answer 429.';
  for (const { status, headers } of operation.responses) {
    for (const name of ['RateLimit', 'RateLimit-Policy']) {
      if (!headers.has(name.toLowerCase())) yield `The response ${status} needs ${name}.`;
    }
  }
}

/** The server can fail, and says when to come back where waiting helps. */
export function* fallible(operation: Operation): Generator<string> {
  if (operation.response(500) === undefined) yield 'Any operation can answer 500.';
  if (operation.response(400) === undefined) yield 'Any operation can answer 400.';
  for (const status of [429, 503]) {
    const response = operation.response(status);
    if (response !== undefined && !response.headers.has('retry-after')) {
      yield `A ${status} needs Retry-After.`;
    }
  }
  if (operation.isSecured && operation.response(503) === undefined) {
    yield 'An operation that needs the database can answer 503.';
  }
}
