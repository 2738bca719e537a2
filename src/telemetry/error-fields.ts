import { AuthenticationError, KeySourceUnavailableError } from '../auth/errors.ts';
import { ProblemError } from '../contract/problems.ts';

/** What the log keeps of an error. */
export interface ErrorFields {
  readonly type: string;
  /** Of our own errors alone: the messages of others repeat what was sent to them. */
  readonly message?: string;
  /** An SQLSTATE, a system error (`ECONNREFUSED`), or another library's constant. */
  readonly code?: string;
  /** Where it was thrown: the frames, without the message that V8 puts above them. */
  readonly stack?: string;
  readonly cause?: ErrorFields;
  /** The parts of an AggregateError. */
  readonly errors?: ErrorFields[];
  /** What did not fit a schema: paths and rules, no values. */
  readonly issues?: string[];
  /** Of PostgreSQL's fields: names out of the schema, never `detail`, `hint`, `where` or `message`. */
  readonly severity?: string;
  readonly table?: string;
  readonly column?: string;
  readonly constraint?: string;
  readonly routine?: string;
}

const OURS = [ProblemError, AuthenticationError, KeySourceUnavailableError];

/** How far causes are followed, and how many parts are listed. */
const MAX_DEPTH = 5;
const MAX_PARTS = 10;

/** What a name looks like: of a class, a table, a code. Nobody's text does, for it can have a blank. */
const NAME = /^[\w.$-]{1,100}$/;

const NAMES = ['code', 'severity', 'table', 'column', 'constraint', 'routine', 'syscall', 'reason'];

/**
 * What may be logged of anything thrown. Only what is named here gets through: an error of Slonik carries the row and the
 * values of the statement, one of PostgreSQL quotes them, one of body-parser the body, one of jose the claims.
 */
export function errorFields(error: unknown, depth = 1): ErrorFields {
  if (!isError(error)) return { type: typeof error };
  const stack = frames(error);
  const issues = issuesOf(error);
  return {
    type: typeOf(error),
    ...(OURS.some((ours) => error instanceof ours) && { message: error.message }),
    ...namesIn(error),
    ...(stack !== '' && { stack }),
    ...(issues.length > 0 && { issues }),
    ...(depth < MAX_DEPTH && {
      ...(error.cause !== undefined && { cause: errorFields(error.cause, depth + 1) }),
      ...('errors' in error &&
        Array.isArray(error.errors) &&
        error.errors.some(isError) && {
          errors: error.errors.slice(0, MAX_PARTS).map((part) => errorFields(part, depth + 1)),
        }),
    }),
  };
}

/** Not `instanceof` alone: the errors of Node itself belong to another realm wherever modules run in one of their own. */
function isError(error: unknown): error is Error {
  if (error instanceof Error) return true;
  const isLikeOne = typeof error === 'object' && error && 'name' in error && 'stack' in error;
  return isLikeOne === true && 'message' in error && typeof error.message === 'string';
}

/** The name, or the class of the many that do not set one. */
function typeOf({ name, constructor }: Error): string {
  const type = name === 'Error' ? constructor.name : name;
  return NAME.test(type) ? type : 'Error';
}

function namesIn(error: Error): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of NAMES) {
    const value: unknown = Reflect.get(error, name);
    if (typeof value === 'string' && NAME.test(value)) found[name] = value;
  }
  return found;
}

function frames({ stack = '', message }: Error): string {
  // A message can have lines that look like frames.
  const start = message === '' ? -1 : stack.indexOf(message);
  return stack
    .slice(start === -1 ? 0 : start + message.length)
    .split('\n')
    .filter((line) => /^\s+at .*(?::\d+:\d+\)?|\(<anonymous>\)|\(native\))$/.test(line))
    .join('\n');
}

/** The issues of Slonik's SchemaValidationError, and of an answer that is not what the contract says: both come from Ajv. */
function issuesOf(error: Error): string[] {
  if ('issues' in error && Array.isArray(error.issues)) return describeAll(error.issues);
  const isAnswer = error.name === 'Internal Server Error' && 'errors' in error;
  return isAnswer && Array.isArray(error.errors) ? describeAll(error.errors) : [];
}

function describeAll(issues: readonly unknown[]): string[] {
  return issues.slice(0, MAX_PARTS).map(describe);
}

function describe(issue: unknown): string {
  if (typeof issue !== 'object' || issue === null) return '';
  const path = 'path' in issue && typeof issue.path === 'string' ? `${issue.path} ` : '';
  return 'message' in issue && typeof issue.message === 'string' ? path + issue.message : path;
}
