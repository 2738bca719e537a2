import { describe, expect, test } from '@jest/globals';
import { isRateLimit, parseRateLimit } from '../../src/http/limits/rate-limit.ts';

describe('RATE_LIMIT', () => {
  test('is requests per seconds', () => {
    expect(parseRateLimit('100/60')).toEqual({ requests: 100, seconds: 60 });
    expect(parseRateLimit('1/1')).toEqual({ requests: 1, seconds: 1 });
    expect(parseRateLimit('1000000/86400')).toEqual({ requests: 1_000_000, seconds: 86_400 });
  });

  test('can be off', () => {
    expect(isRateLimit('off')).toBe(true);
    expect(parseRateLimit('off')).toBeUndefined();
  });

  test.each([
    '',
    '100',
    '100/',
    '/60',
    '0/60',
    '100/0',
    '1000001/60',
    '100/86401',
    '-1/60',
    '1.5/60',
    '1e2/60',
    '100/60/60',
    ' 100/60',
    '100/60\n',
    '100 / 60',
    'OFF',
    'none',
  ])('is not %j', (text) => {
    expect(isRateLimit(text)).toBe(false);
    expect(() => parseRateLimit(text)).toThrow(RangeError);
  });
});
