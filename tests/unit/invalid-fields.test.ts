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
const titleWords = 'must have at least one character that is not blank, and no U+0000';

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
    expect(fields).toStrictEqual([{ ...place, detail: 'must be a string' }]);
    for (const field of fields) {
      expect(violations(contract.components.schemas.InvalidField, field)).toStrictEqual([]);
    }
  });

  test('names every place, in the order in which they were found', () => {
    const places = ['/params/id', '/body/title', '/body/completed'];
    const failure = badRequest(...places.map((path) => ({ path, message })));
    expect(invalidFields(failure)).toHaveLength(3);
  });

  test.each([
    ["must have required property 'title'", 'is required'],
    ['must NOT have additional properties', 'is not a property of this object'],
    ['must NOT have unevaluated properties', 'is not a property of this object'],
    ['must NOT have fewer than 1 properties', 'must have at least one property'],
    ['must NOT have fewer than 1 characters', 'must not be empty'],
    ['must NOT have fewer than 36 characters', 'must have at least 36 characters'],
    ['must NOT have more than 255 characters', 'must have at most 255 characters'],
    ['must be >= 1', 'must be at least 1'],
    ['must be <= 100', 'must be at most 100'],
    ['must be equal to one of the allowed values: title, -title', 'must be one of title, -title'],
    ['must be string', 'must be a string'],
    ['must be integer', 'must be an integer'],
    ['must be boolean', 'must be a boolean'],
    ['must be object', 'must be an object'],
    ['must be string,null', 'must be a string or null'],
    [`must match pattern "${contract.components.schemas.Title.pattern}"`, titleWords],
  ])('says %j in words for people: %j', (said, words) => {
    expect(invalidFields(badRequest({ path: '/body/title', message: said }))).toStrictEqual([
      { pointer: '#/title', detail: words },
    ]);
  });

  test("says one thing of each place, the contract's own words before any other", () => {
    const { pattern } = contract.components.schemas.Title;
    const messages = ['must NOT have fewer than 1 characters', `must match pattern "${pattern}"`];
    for (const order of [messages, messages.toReversed()]) {
      const failure = badRequest(...order.map((message) => ({ path: '/body/title', message })), {
        path: '/body/completed',
        message: 'must be boolean',
      });
      expect(invalidFields(failure)).toStrictEqual([
        { pointer: '#/title', detail: titleWords },
        { pointer: '#/completed', detail: 'must be a boolean' },
      ]);
    }
  });

  test('has words for every pattern that a request can break', () => {
    const { schemas } = contract.components;
    for (const name of [
      'Title',
      'Description',
      'TaskId',
      'UserId',
      'Cursor',
      'EntityTags',
      'IdempotencyKey',
    ]) {
      const message = `must match pattern "${schemas[name].pattern}"`;
      const [field] = invalidFields(badRequest({ path: '/body/x', message }));
      expect([name, field?.detail]).toStrictEqual([name, schemas[name]['x-invalid']]);
      expect(field?.detail).toMatch(/^must /);
    }
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
