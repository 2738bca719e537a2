import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { jsonPointer } from '../../src/contract/json-pointer.ts';

/** The names in a pointer, read by the letter of RFC 6901, section 6. */
function namesOf(pointer: string): string[] {
  return decodeURIComponent(pointer.slice(1))
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
}

describe('jsonPointer', () => {
  test.each([
    [[], '#'],
    [['title'], '#/title'],
    [['items', 0, 'id'], '#/items/0/id'],
    [[''], '#/'],
    [['a/b'], '#/a~1b'],
    [['m~n'], '#/m~0n'],
    [['~1'], '#/~01'],
    [['c%d', 'e^f', 'i\\j', 'k"l', ' '], '#/c%25d/e%5Ef/i%5Cj/k%22l/%20'],
    [['é', '🎉'], '#/%C3%A9/%F0%9F%8E%89'],
  ])('writes %j as %s', (names, pointer) => {
    expect(jsonPointer(names)).toBe(pointer);
  });

  test('can be read back, whatever the names', () => {
    const name = fc.string({ unit: 'binary', maxLength: 20 });
    fc.assert(
      fc.property(fc.array(name, { maxLength: 4 }), (names) => {
        expect(namesOf(jsonPointer(names))).toStrictEqual(names);
      }),
    );
  });

  test('stays a bounded URI fragment in ASCII, whatever the names', () => {
    const unit = fc.integer({ min: 0, max: 0xff_ff }).map((code) => String.fromCharCode(code));
    const name = fc.oneof(fc.string({ unit }), fc.constant('🎉'.repeat(5000)));
    fc.assert(
      fc.property(fc.array(name, { maxLength: 50 }), (names) => {
        const pointer = jsonPointer(names);
        expect(pointer.length).toBeLessThanOrEqual(1024);
        expect(pointer).toMatch(/^#(\/([\w.!*'()~-]|%[0-9A-F]{2})*)*$/);
      }),
    );
  });
});
