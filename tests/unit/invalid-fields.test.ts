import { describe, expect, test } from '@jest/globals';
import { error as validatorErrors } from 'express-openapi-validator';
import { invalidFields, unknownParameters } from '../../src/contract/invalid-fields.ts';
import { contract, violations } from '../support/contract.ts';

/** A failure of express-openapi-validator as it throws them. */
function badRequest(...errors: { path: string; message: string }[]): Error {
  const failure = new validatorErrors.BadRequest({ path: '/', message: 'request is not valid' });
  failure.errors = errors.map((error) => ({ ...error, errorCode: 'x.openapi.validation' }));
  return failure;
}

const message = 'must be string';

describe('invalidFields', () => {
  test.each([
    ['/body', { pointer: '#' }],
    ['/body/title', { pointer: '#/title' }],
    ['/body/a/b', { pointer: '#/a~1b' }],
    ['/body/', { pointer: '#/' }],
    ['/body/é', { pointer: '#/%C3%A9' }],
    ['/query/limit', { parameter: 'limit' }],
    ['/params/id', { parameter: 'id' }],
    ['/headers/if-none-match', { header: 'if-none-match' }],
  ])('names the place %s', (path, place) => {
    const fields = invalidFields(badRequest({ path, message }));
    expect(fields).toStrictEqual([{ ...place, detail: message }]);
    for (const field of fields) {
      expect(violations(contract.components.schemas.InvalidField, field)).toStrictEqual([]);
    }
  });

  test('names every place, in the order in which they were found', () => {
    const places = ['/params/id', '/body/title', '/body/completed'];
    const failure = badRequest(...places.map((path) => ({ path, message })));
    expect(invalidFields(failure)).toHaveLength(3);
  });

  test('does not shout', () => {
    const failure = badRequest({ path: '/body', message: 'must NOT have additional properties' });
    expect(invalidFields(failure)).toMatchObject([
      { detail: 'must not have additional properties' },
    ]);
  });

  test('throws on what is not an invalid request', () => {
    const failure = new TypeError('schema is not a function');
    expect(() => invalidFields(failure)).toThrow(failure);
  });
});

describe('unknownParameters', () => {
  test('names what the operation does not document', () => {
    expect(unknownParameters({ limit: '1', colour: 'red', q: '' }, ['limit'])).toStrictEqual([
      { parameter: 'colour', detail: 'is not a parameter of this operation' },
      { parameter: 'q', detail: 'is not a parameter of this operation' },
    ]);
  });

  test('tells upper from lower case', () => {
    expect(unknownParameters({ Limit: '1' }, ['limit'])).toHaveLength(1);
  });

  test('cuts off a name that is longer than the contract allows, and mends half a character', () => {
    const [field] = unknownParameters({ [`${'x'.repeat(254)}🎉🎉`]: '' }, []);
    expect(violations(contract.components.schemas.InvalidField, field)).toStrictEqual([]);
    expect(JSON.stringify(field)).toContain('�');
  });
});
