import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeCursor, encodeCursor, type ListScope } from '../../src/db/cursors.ts';
import { contract, violations } from '../support/contract.ts';

const sorts = [
  '-created_at',
  'created_at',
  '-updated_at',
  'updated_at',
  'title',
  '-title',
] as const;

const scopes: readonly ListScope[] = sorts.flatMap((sort) =>
  [true, false, undefined].map((completed) => ({ sort, completed })),
);

/** What stands in the database: any title that the contract accepts, over the whole of Unicode. */
const title = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 255 })
  .filter((text) => violations(contract.components.schemas.Title, text).length === 0);

const timestamp = fc
  .date({
    min: new Date('1970-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  })
  .map((date) => date.toISOString());

const page = fc
  .constantFrom(...scopes)
  .chain((scope) =>
    fc
      .tuple(scope.sort.endsWith('title') ? title : timestamp, fc.uuid())
      .map(([key, id]) => ({ scope, position: { key, id } })),
  );

describe('a cursor', () => {
  test('is read back as the position it was made of', () => {
    fc.assert(
      fc.property(page, ({ scope, position }) => {
        expect(decodeCursor(encodeCursor(scope, position), scope)).toStrictEqual(position);
      }),
    );
  });

  test('is what the contract says, however long the title', () => {
    fc.assert(
      fc.property(page, ({ scope, position }) => {
        const cursor = encodeCursor(scope, position);
        expect(violations(contract.components.schemas.Cursor, cursor)).toStrictEqual([]);
      }),
    );
    // Six bytes of JSON for a control character is the worst case.
    const longest = { key: `${'\u0001'.repeat(254)}x`, id: '019bc0fd-89c0-7c3e-9f41-6f0c2d8e5a17' };
    const scope = { sort: '-title', completed: false } as const;
    const cursor = encodeCursor(scope, longest);
    expect(violations(contract.components.schemas.Cursor, cursor)).toStrictEqual([]);
    expect(decodeCursor(cursor, scope)).toStrictEqual(longest);
  });

  test('is refused in every other order and under every other filter', () => {
    fc.assert(
      fc.property(page, ({ scope, position }) => {
        const cursor = encodeCursor(scope, position);
        for (const other of scopes) {
          const same = other.sort === scope.sort && other.completed === scope.completed;
          expect(decodeCursor(cursor, other)).toStrictEqual(same ? position : undefined);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('is refused, or another valid position, when one character is changed', () => {
    const ascii = fc.integer({ min: 0, max: 127 }).map((code) => String.fromCharCode(code));
    const any = fc.string({ unit: 'binary', minLength: 1, maxLength: 1 });
    const change = fc.record({ at: fc.nat(), to: fc.oneof(ascii, any) });
    fc.assert(
      fc.property(page, change, ({ scope, position }, { at, to }) => {
        const cursor = encodeCursor(scope, position);
        const index = at % cursor.length;
        const changed = cursor.slice(0, index) + to + cursor.slice(index + 1);
        fc.pre(changed !== cursor);
        const decoded = decodeCursor(changed, scope);
        // There is no signature: a change may spell another position, but then exactly that one.
        if (decoded) expect(encodeCursor(scope, decoded)).toBe(changed);
        expect(decoded).not.toStrictEqual(position);
      }),
      { numRuns: 300 },
    );
  });

  test('is refused when it is cut, doubled, padded or spaced', () => {
    fc.assert(
      fc.property(page, fc.nat(), ({ scope, position }, at) => {
        const cursor = encodeCursor(scope, position);
        const others = [
          cursor.slice(0, at % cursor.length),
          cursor.slice((at % cursor.length) + 1),
          cursor + cursor,
          `${cursor}=`,
          `${cursor}==`,
          ` ${cursor}`,
          `${cursor}\n`,
          `${cursor}A`,
        ];
        for (const other of others) expect(decodeCursor(other, scope)).toBeUndefined();
      }),
    );
  });

  test('is never read out of any other text, and nothing makes the reader throw', () => {
    const unit = fc.integer({ min: 0, max: 0xff_ff }).map((code) => String.fromCharCode(code));
    const garbage = fc.oneof(fc.string({ unit }), fc.base64String(), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(garbage, fc.constantFrom(...scopes), (text, scope) => {
        expect(decodeCursor(text, scope)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  test('is never read out of any other JSON', () => {
    const scope = { sort: 'title', completed: undefined } as const;
    const id = '019bc0fd-89c0-7c3e-9f41-6f0c2d8e5a17';
    const spell = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    expect(decodeCursor(spell(['title', null, 'x', id]), scope)).toStrictEqual({ key: 'x', id });

    const likeOne = [
      ['title', null, 'x', id, 1],
      ['title', null, 'x'],
      ['title', false, 'x', id],
      ['title', 0, 'x', id],
      ['TITLE', null, 'x', id],
      ['title', null, '', id],
      ['title', null, ' ', id],
      ['title', null, '\u0000', id],
      ['title', null, 'x'.repeat(256), id],
      ['title', null, 7, id],
      ['title', null, ['x'], id],
      ['title', null, 'x', `urn:uuid:${id}`],
      ['title', null, 'x', 'x'],
      { 0: 'title', 1: null, 2: 'x', 3: id, length: 4 },
    ];
    for (const value of likeOne) expect(decodeCursor(spell(value), scope)).toBeUndefined();
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(decodeCursor(Buffer.from(json).toString('base64url'), scope)).toBeUndefined();
      }),
    );
  });

  test('is refused with half a character in the title, which no task can have', () => {
    const scope = { sort: 'title', completed: undefined } as const;
    const position = { key: '\ud83c', id: '019bc0fd-89c0-7c3e-9f41-6f0c2d8e5a17' };
    expect(decodeCursor(encodeCursor(scope, position), scope)).toBeUndefined();
  });

  // PostgreSQL has no year 0, and would refuse the statement.
  test.each([
    '0000-01-01T00:00:00.000Z',
    '2026-02-30T00:00:00.000Z',
    '2026-01-01T23:59:60.000Z',
    '2026-01-01T23:59:60.500Z',
    '2026-01-01T00:00:00Z',
    '10000-01-01T00:00:00.000Z',
  ])('is refused with the time %s, which no task can have', (key) => {
    const scope = { sort: 'created_at', completed: undefined } as const;
    const id = '019bc0fd-89c0-7c3e-9f41-6f0c2d8e5a17';
    expect(decodeCursor(encodeCursor(scope, { key, id }), scope)).toBeUndefined();
  });
});
