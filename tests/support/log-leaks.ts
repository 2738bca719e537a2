import { operations } from '../../generated/operations.ts';
import { problems } from '../../src/contract/problems.ts';
import { TEST_JWT_SECRET } from './tokens.ts';

/** Put it into titles, descriptions, ids of users and keys: wherever it shows up in a log, the test run fails. */
export const LEAK_MARKER = 'leak-marker';

/** A line of a log that says what no line may. */
export interface Leak {
  readonly reason: string;
  readonly line: string;
}

const FORBIDDEN: readonly (readonly [reason: string, pattern: RegExp])[] = [
  ['a token', /eyJ[\w-]{8,}/],
  ['a bearer credential', /bearer\s+[\w-]+\.[\w-]+/i],
  ['a secret', new RegExp(`${TEST_JWT_SECRET}|-----BEGIN|"(?:d|k|p|q)":"`)],
  ['the address of a database', /(?:postgres(?:ql)?|rediss?):\/\//i],
  ['a user and password of a URL', /:\/\/[^\s/"@]+@/],
  ['a marked text', new RegExp(LEAK_MARKER, 'i')],
];

const digits = (count: number) => new RegExp(`^[0-9a-f]{${count}}$`);
const oneOf = (names: readonly string[]) => (value: unknown) => names.includes(String(value));
const like = (pattern: RegExp) => (value: unknown) =>
  typeof value === 'string' && pattern.test(value);
const isNumber = (value: unknown) => typeof value === 'number';

/** All that the line of a request may say, and how. A field that is new has to be thought about here first. */
const REQUEST_FIELDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  level: oneOf(['info', 'warn', 'error']),
  time: like(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  msg: oneOf(['request']),
  request_id: like(/^[A-Za-z0-9._-]{1,128}$/),
  trace_id: like(digits(32)),
  parent_span_id: like(digits(16)),
  operation: oneOf(Object.keys(operations)),
  method: like(/^[A-Z-]{1,20}$/),
  status: isNumber,
  duration_ms: isNumber,
  user: like(digits(24)),
  bytes_in: isNumber,
  bytes_out: isNumber,
  aborted: oneOf(['true']),
  problem: oneOf(Object.keys(problems)),
  // Ours for what is wrong with a token, Node's codes for what is wrong with HTTP.
  reason: like(/^[a-z_]+$|^(?:HPE|ERR_HTTP)_[A-Z_]+$/),
  slow: oneOf(['true']),
  body_ms: isNumber,
  event_loop: isNumber,
  database: (value) => typeof value === 'object',
  err: (value) => typeof value === 'object',
};

/**
 * Searches a log: for what looks like a secret in any line, for marked texts, and for anything in the line of a request
 * that is not known to be harmless there. Each line must be one JSON object.
 */
export function findLeaks(log: string): Leak[] {
  return log
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const reason = FORBIDDEN.find(([, pattern]) => pattern.test(line))?.[0] ?? unknownPart(line);
      return reason === undefined ? [] : [{ reason, line }];
    });
}

function unknownPart(line: string): string | undefined {
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(line);
  } catch {
    return 'not one JSON object';
  }
  if (fields.msg !== 'request') return undefined;
  const bad = Object.entries(fields).find(([name, value]) => !REQUEST_FIELDS[name]?.(value));
  return bad && `an unknown ${bad[0]}`;
}
