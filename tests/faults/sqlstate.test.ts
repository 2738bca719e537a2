import { describe, expect, test } from '@jest/globals';
import pg from 'pg';
import {
  BackendTerminatedError,
  BackendTerminatedUnexpectedlyError,
  CheckIntegrityConstraintViolationError,
  ConnectionError,
  IdleTransactionTimeoutError,
  StatementCancelledError,
  StatementTimeoutError,
  UniqueIntegrityConstraintViolationError,
} from 'slonik';
import { databaseFailure, databaseProblem } from '../../src/db/errors.ts';

/** An error as PostgreSQL's driver gives it. */
function databaseError(code: string, constraint?: string): any {
  const error = new pg.DatabaseError('secret text', 11, 'error');
  return Object.assign(error, { code, ...(constraint !== undefined && { constraint }) });
}

describe('the SQLSTATE', () => {
  test.each([
    ['08000', 'connection exception', 'lost'],
    ['08003', 'connection does not exist', 'lost'],
    ['08006', 'connection failure', 'lost'],
    ['08P01', 'protocol violation', 'lost'],
    ['25P03', 'idle in transaction session timeout', 'lost'],
    ['25006', 'read-only transaction', 'unavailable'],
    ['40001', 'serialization failure', 'conflict'],
    ['40P01', 'deadlock detected', 'conflict'],
    ['40003', 'statement completion unknown', 'lost'],
    ['53000', 'insufficient resources', 'unavailable'],
    ['53100', 'disk full', 'unavailable'],
    ['53200', 'out of memory', 'unavailable'],
    ['53300', 'too many connections', 'unavailable'],
    ['55P03', 'lock not available', 'locked'],
    ['57014', 'query canceled', 'lost'],
    ['57P01', 'admin shutdown', 'lost'],
    ['57P02', 'crash shutdown', 'lost'],
    ['57P03', 'cannot connect now', 'unsent'],
    ['57P04', 'database dropped', 'lost'],
    ['57P05', 'idle session timeout', 'lost'],
    ['22001', 'string data right truncation', 'refused'],
    ['22003', 'numeric value out of range', 'refused'],
    ['22007', 'invalid datetime format', 'refused'],
    ['22021', 'character not in repertoire', 'refused'],
    ['22P02', 'invalid text representation', 'refused'],
    ['23502', 'not null violation', 'refused'],
    ['23503', 'foreign key violation', 'refused'],
    ['23505', 'unique violation', 'refused'],
    ['23514', 'check violation', 'refused'],
    ['25P02', 'in failed SQL transaction', 'refused'],
    ['42501', 'insufficient privilege', 'refused'],
    ['42601', 'syntax error', 'refused'],
    ['42P01', 'undefined table', 'refused'],
    ['54000', 'program limit exceeded', 'refused'],
    ['P0001', 'raise exception', 'refused'],
    ['XX000', 'internal error', 'refused'],
    ['XX001', 'data corrupted', 'refused'],
  ])('%s, %s, means %s', (code, _name, failure) => {
    const error = databaseError(code);
    expect(databaseFailure(error)).toBe(failure);
    const problem = failure === 'refused' ? 'internal_error' : 'service_unavailable';
    expect(databaseProblem(error)).toEqual({ code: problem });
  });
});

describe("Slonik's error", () => {
  const cause = databaseError('57014');
  test.each([
    ['ConnectionError', new ConnectionError('x', { cause }), 'unsent'],
    ['BackendTerminatedError', new BackendTerminatedError(cause), 'lost'],
    ['BackendTerminatedUnexpectedlyError', new BackendTerminatedUnexpectedlyError(cause), 'lost'],
    ['IdleTransactionTimeoutError', new IdleTransactionTimeoutError(cause), 'lost'],
    ['StatementTimeoutError', new StatementTimeoutError(cause), 'lost'],
    ['StatementCancelledError', new StatementCancelledError(cause), 'lost'],
    [
      'UniqueIntegrityConstraintViolationError',
      new UniqueIntegrityConstraintViolationError(cause),
      'refused',
    ],
  ])('%s means %s', (_name, error, failure) => {
    expect(databaseFailure(error)).toBe(failure);
  });
});

describe("the system's error", () => {
  test.each(['ECONNRESET', 'ECONNREFUSED', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH'])(
    '%s means that the connection was lost',
    (code) => {
      const error = Object.assign(new Error('x'), { code });
      expect(databaseFailure(error)).toBe('lost');
      expect(databaseProblem(error)).toEqual({ code: 'service_unavailable' });
    },
  );

  test.each<[string, unknown]>([
    ['an error without a code', new Error('x')],
    ['an error of a file', Object.assign(new Error('x'), { code: 'ENOENT' })],
    ["one of Node's errors", Object.assign(new Error('x'), { code: 'ERR_INVALID_ARG_TYPE' })],
    ['something that is no error', { code: '40001' }],
    ['nothing', undefined],
  ])('is none of the database when it is %s', (_name, error) => {
    expect(databaseFailure(error)).toBeUndefined();
    expect(databaseProblem(error)).toBeUndefined();
  });
});

describe('the constraint', () => {
  test.each([
    ['tasks_title_length', { pointer: '#/title' }],
    ['tasks_title_not_blank', { pointer: '#/title' }],
    ['tasks_description_length', { pointer: '#/description' }],
    ['users_user_id_length', { parameter: 'user_id' }],
    ['users_user_id_no_control', { parameter: 'user_id' }],
  ])('%s says which input is invalid', (constraint, place) => {
    const error = new CheckIntegrityConstraintViolationError(databaseError('23514', constraint));
    const problem = databaseProblem(error);
    expect(problem).toMatchObject({ code: 'invalid_request', errors: [place] });
    expect(JSON.stringify(problem)).not.toContain(constraint);
  });

  test.each(['tasks_revision_range', 'idempotency_keys_status_range', ''])(
    '%p is none that input can violate: a fault of ours',
    (constraint) => {
      const error = new CheckIntegrityConstraintViolationError(databaseError('23514', constraint));
      expect(databaseProblem(error)).toEqual({ code: 'internal_error' });
    },
  );
});
