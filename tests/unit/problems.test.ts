import { STATUS_CODES } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { ProblemError, problem, problems } from '../../src/contract/problems.ts';
import { problemDocument } from '../../src/http/send.ts';
import { contract, violations } from '../support/contract.ts';

const schema = contract.components.schemas.Problem;

describe('the catalogue of problems', () => {
  test.each(Object.entries(problems))('has a status of HTTP for %s', (_code, { status }) => {
    expect(status).toBeGreaterThanOrEqual(400);
    expect(STATUS_CODES[status]).toBeDefined();
  });

  test('gives every code a title of its own', () => {
    const titles = Object.values(problems).map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });
});

describe('problemDocument', () => {
  test.each(Object.keys(problems) as (keyof typeof problems)[])('is valid for %s', (code) => {
    const document = problemDocument({ code, detail: 'It is so.' }, 'request-1');
    expect(violations(schema, document)).toStrictEqual([]);
    expect(document).toStrictEqual({
      type: `/problems/${code}`,
      title: problems[code].title,
      status: problems[code].status,
      detail: 'It is so.',
      instance: 'urn:request:request-1',
      code,
      request_id: 'request-1',
    });
  });

  test('carries the invalid places when there are any', () => {
    const errors = [{ pointer: '#/title', detail: 'is required' }];
    const document = problemDocument({ code: 'invalid_request', detail: 'No.', errors }, 'r');
    expect(document).toMatchObject({ errors });
    expect(violations(schema, document)).toStrictEqual([]);
  });
});

describe('problem', () => {
  test('takes the status from the catalogue', () => {
    expect(problem('task_not_found', 'There is none.')).toStrictEqual({
      status: 404,
      problem: { code: 'task_not_found', detail: 'There is none.' },
    });
  });
});

describe('ProblemError', () => {
  test('keeps what went wrong inside apart from what is said', () => {
    const cause = new Error('relation "tasks" does not exist');
    const error = new ProblemError('internal_error', 'Something went wrong.', { cause });
    expect(error).toMatchObject({ code: 'internal_error', headers: {}, errors: undefined, cause });
    expect(error.message).toBe('Something went wrong.');
  });
});
