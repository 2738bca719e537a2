import { describe, expect, test } from '@jest/globals';
import { entityTag, isNotModified } from '../../src/http/conditional.ts';

describe('entityTag', () => {
  test.each([
    [0, '"0"'],
    [1, '"1"'],
    [Number.MAX_SAFE_INTEGER, '"9007199254740991"'],
  ])('writes revision %d as the strong tag %s', (revision, tag) => {
    expect(entityTag(revision)).toBe(tag);
  });
});

describe('isNotModified', () => {
  test.each([
    '"7"',
    'W/"7"',
    '*',
    ' * ',
    '"6", "7"',
    '"6","7"',
    'W/"6" ,W/"7"',
    ',, "7",',
    '"a,b", "7"',
  ])('is so when If-None-Match is %s and the current tag "7"', (field) => {
    expect(isNotModified(field, '"7"')).toBe(true);
  });

  test.each([
    undefined,
    '"6"',
    '"77"',
    '"07"',
    'W/"6"',
    '""',
    '"*"',
    '"6,7"',
    '"a, \'7\'"',
    '"6", "8", "70"',
  ])('is not so when If-None-Match is %s', (field) => {
    expect(isNotModified(field, '"7"')).toBe(false);
  });
});
