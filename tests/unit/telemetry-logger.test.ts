import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import {
  InputSyntaxError,
  NotFoundError,
  SchemaValidationError,
  UniqueIntegrityConstraintViolationError,
} from 'slonik';
import { createPrettyLog } from '../../scripts/local/pretty-log.ts';
import { AuthenticationError } from '../../src/auth/errors.ts';
import { ProblemError } from '../../src/contract/problems.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { createUserHash } from '../../src/telemetry/user-hash.ts';
import { LEAK_MARKER as SECRET } from '../support/log-leaks.ts';

/** Everything that can end a line, move a cursor or turn the direction of text. */
const CONTROLS = `\n\r\u0000\u001b[2J\u007f\u0085\u009b31m\u2028\u2029\u202e`;

function log(): { logger: ReturnType<typeof createLogger>; text: () => string; line: () => any } {
  let text = '';
  const logger = createLogger('trace', { write: (line) => void (text += line) });
  return { logger, text: () => text, line: () => JSON.parse(text) };
}

/** An error of PostgreSQL as its driver throws it: the message and the details quote values. */
function databaseError(): Error {
  return Object.assign(new Error(`invalid input syntax for type uuid: "${SECRET}"`), {
    name: 'error',
    code: '22P02',
    severity: 'ERROR',
    detail: `Key (title)=(${SECRET}) already exists.`,
    hint: SECRET,
    where: `unnamed portal parameter $1 = '${SECRET}'`,
    internalQuery: SECRET,
    table: 'tasks',
    column: 'title',
    constraint: 'tasks_pkey',
    routine: 'string_to_uuid',
  });
}

const query = { sql: `SELECT '${SECRET}'`, values: [SECRET] };

describe('an error in the log', () => {
  test('is told by type, message, code and frames when it is ours', () => {
    const { logger, line } = log();
    const cause = Object.assign(new Error(SECRET), { code: 'ECONNREFUSED', syscall: 'connect' });
    logger.error({ err: new ProblemError('service_unavailable', 'Not now.', { cause }) }, 'x');
    expect(line().err).toEqual({
      type: 'ProblemError',
      message: 'Not now.',
      code: 'service_unavailable',
      stack: expect.stringMatching(/^\s+at .*telemetry-logger\.test\.ts:\d+:\d+/),
      cause: {
        type: 'Error',
        code: 'ECONNREFUSED',
        syscall: 'connect',
        stack: expect.stringContaining('    at '),
      },
    });
  });

  test('has the reason of a refused token', () => {
    const { logger, line } = log();
    logger.error({ err: new AuthenticationError('expired') }, 'x');
    expect(line().err).toMatchObject({ reason: 'expired', message: 'The token has expired.' });
  });

  test('keeps what PostgreSQL says of the schema, and nothing that quotes a value', () => {
    const { logger, line, text } = log();
    const error = new UniqueIntegrityConstraintViolationError(databaseError());
    logger.error({ err: error }, 'x');
    expect(text()).not.toContain(SECRET);
    expect(line().err).toMatchObject({ constraint: 'tasks_pkey', table: 'tasks' });
    expect(line().err.cause).toMatchObject({ code: '22P02', severity: 'ERROR', column: 'title' });
  });

  test.each<[string, () => Error]>([
    ['Slonik, on a row', () => new SchemaValidationError(query, { title: SECRET }, [])],
    ['Slonik, on a missing row', () => new NotFoundError(SECRET, query)],
    ['Slonik, on input', () => new InputSyntaxError(databaseError(), query)],
    ['body-parser', () => Object.assign(new Error(SECRET), { status: 400, body: SECRET })],
    ['jose', () => Object.assign(new Error(SECRET), { payload: { sub: SECRET }, claim: 'exp' })],
    ['JSON.parse', () => thrownBy(() => JSON.parse(`"${SECRET}`))],
    ['new URL', () => thrownBy(() => new URL(SECRET))],
    ['decodeURIComponent', () => thrownBy(() => decodeURIComponent(`${SECRET}%`))],
    ['V8', () => thrownBy(() => Object.assign(Object.freeze({}), { [SECRET]: 1 }))],
    ['a class that calls itself so', () => Object.assign(new Error(), { name: `${SECRET} !` })],
    ['several at once', () => new AggregateError([databaseError(), new Error(SECRET)], SECRET)],
    ['lines that look like frames', () => new Error(`x\n    at ${SECRET} (x:1:1)`)],
  ])('repeats nothing of what was sent, thrown by %s', (_by, make) => {
    const { logger, text, line } = log();
    const error = make();
    logger.error({ err: error }, 'x');
    logger.error({ error }, 'x');
    logger.error(error);
    logger.error({ err: error });
    expect(text()).not.toContain(SECRET);
    expect(text().split('\n')).toHaveLength(5);
    expect(() => line()).toThrow(); // Four lines.
  });

  test('may refer to itself', () => {
    const { logger, line } = log();
    const error = new Error('x');
    error.cause = error;
    logger.error({ err: error }, 'x');
    expect(line().err.cause.cause.cause.cause.cause).toBeUndefined();
  });

  test('may be anything', () => {
    const { logger, line } = log();
    logger.error({ err: SECRET }, 'x');
    expect(line().err).toEqual({ type: 'string' });
  });

  test('names the parts of an answer that does not fit its schema', () => {
    const { logger, line } = log();
    const issues = [{ message: '/title must be string' }];
    logger.error({ err: new SchemaValidationError(query, {}, issues) }, 'x');
    expect(line().err.issues).toEqual(['/title must be string']);
  });
});

describe('the log', () => {
  test('has the time of each line', async () => {
    const { logger, text } = log();
    const times: [number, number][] = [];
    for (let count = 0; count < 5; count += 1) {
      const before = Date.now();
      logger.info('a line');
      logger.info('another one');
      times.push([before, Date.now()]);
      while (Date.now() < before + 2) await setImmediate();
    }
    const lines = text().trim().split('\n');
    for (const [index, [before, after]] of times.entries()) {
      for (const line of lines.slice(2 * index, 2 * index + 2)) {
        const { time } = JSON.parse(line);
        expect(new Date(time).toISOString()).toBe(time);
        expect(Date.parse(time)).toBeGreaterThanOrEqual(before);
        expect(Date.parse(time)).toBeLessThanOrEqual(after);
      }
    }
  });

  test.each(['title', 'description', 'authorization', 'token', 'user_id', 'password', 'values'])(
    'censors a field called %s',
    (name) => {
      const { logger, text } = log();
      logger.info({ [name]: SECRET, err: new Error('x') }, 'x');
      logger.child({ [name]: SECRET }).info('x');
      expect(text()).not.toContain(SECRET);
      expect(text()).toContain('[redacted]');
    },
  );

  test('censors tokens and the passwords of addresses wherever they stand', () => {
    const { logger, text, line } = log();
    const token = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl';
    logger.info(
      { a: { b: [`Bearer ${token}`] } },
      `cannot reach postgres://todo:${SECRET}@db/todo`,
    );
    expect(text()).not.toContain(SECRET);
    expect(text()).not.toContain('eyJ');
    expect(line().msg).toBe('cannot reach postgres://[redacted]db/todo');
  });

  test('writes one line whatever is in it', () => {
    const { logger, text, line } = log();
    logger.info({ a: CONTROLS, [CONTROLS]: 1 }, `x${CONTROLS}`);
    // No line separator of any kind, and no escape sequence, stands in it as it is.
    expect(text().slice(0, -1)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
    expect(line().a).toBe(CONTROLS);
  });
});

describe('the log as npm start shows it', () => {
  const show = createPrettyLog({ colors: false });

  test('has one readable line for a request', () => {
    const { logger, text } = log();
    const fields = { operation: 'listTasks', method: 'GET', status: 200, duration_ms: 3.2 };
    logger.info({ ...fields, user: 'abc', request_id: 'id-1' }, 'request');
    expect(show(text().trim())).toMatch(
      /^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: GET 200 listTasks 3\.2 ms user=abc request_id=id-1\n$/,
    );
  });

  test('has the cause of a failure, and its stack below', () => {
    const { logger, text } = log();
    const err = new ProblemError('internal_error', 'Something went wrong on our side.');
    logger.error({ method: 'GET', status: 500, duration_ms: 1, err }, 'request');
    expect(show(text().trim())).toMatch(
      /ERROR: GET 500 no operation 1 ms err=\{"type":"ProblemError".*\}\n {4}at /,
    );
  });

  test.each([
    ['a message', { msg: `x${CONTROLS}` }],
    ['a field', { msg: 'x', a: CONTROLS, b: [CONTROLS], [CONTROLS]: 1 }],
    ['a request', { msg: 'request', method: CONTROLS, status: CONTROLS, problem: CONTROLS }],
  ])('cannot be broken by control characters in %s', (_where, fields) => {
    const shown = show(
      JSON.stringify({ level: 'info', time: '2026-01-01T00:00:00.000Z', ...fields }),
    );
    expect(shown.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
    expect(shown.endsWith('\n')).toBe(true);
  });

  test('cannot be broken by lines that are not JSON', async () => {
    const stream = new PassThrough();
    stream.end(`{"level": "info", "msg": \u001b[2J\nplain \u009b31m\nnull\n`);
    let shown = '';
    for await (const line of createInterface(stream)) shown += show(line);
    expect(shown).toBe('{"level": "info", "msg": \\u001b[2J\nplain \\u009b31m\nnull\n');
  });
});

describe('what stands for a user', () => {
  const [key, other] = [new Uint8Array(32), new Uint8Array(32).fill(1)];

  test('is the same for one user and one key, and never the id', () => {
    const hash = createUserHash(key);
    expect(hash('alice')).toMatch(/^[0-9a-f]{24}$/);
    expect(hash('alice')).toBe(createUserHash(key)('alice'));
    expect(hash('alice')).not.toBe(hash('Alice'));
    expect(hash('alice')).not.toBe(createUserHash(other)('alice'));
  });

  test('is the beginning of HMAC-SHA-256', () => {
    // RFC 4231, test case 2.
    expect(createUserHash(Buffer.from('Jefe'))('what do ya want for nothing?')).toBe(
      '5bdcc146bf60754e6a042426',
    );
  });
});

function thrownBy(action: () => unknown): Error {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
