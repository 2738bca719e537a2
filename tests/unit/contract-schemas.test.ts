import { expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { contractSchema, standardSchema } from '../../src/contract/schemas.ts';

const timestamp = contractSchema('Timestamp')['~standard'];

function isTimestamp(text: string): boolean {
  const result = timestamp.validate(text);
  return !(result instanceof Promise) && !result.issues;
}

const two = (number: number): string => String(number).padStart(2, '0');

test('a timestamp names a day that there is, in years of every kind', () => {
  const wrong: string[] = [];
  for (const year of [1900, 1999, 2000, 2023, 2024, 2100]) {
    for (let month = 0; month <= 13; month += 1) {
      for (let day = 0; day <= 32; day += 1) {
        const text = `${year}-${two(month)}-${two(day)}T09:30:00.000Z`;
        const date = new Date(Date.UTC(year, month - 1, day, 9, 30));
        if (isTimestamp(text) !== (date.toISOString() === text)) wrong.push(text);
      }
    }
  }
  expect(wrong).toEqual([]);
});

test('a timestamp names a time of day that there is', () => {
  const times = [
    '00:00:00',
    '23:59:59',
    '23:59:60',
    '24:00:00',
    '12:60:00',
    '12:00:60',
    '99:00:00',
  ];
  expect(times.filter((time) => isTimestamp(`2026-01-15T${time}.000Z`))).toEqual([
    '00:00:00',
    '23:59:59',
  ]);
});

test('lengths count code points, as those of Ajv do', () => {
  // In UTF-16 an emoji is two units, of which each can stand alone.
  const units = ['a', '\u{1F600}', '\uD83D', '\uDE00'];
  let texts = [''];
  const all = [''];
  for (let length = 1; length <= 5; length += 1) {
    texts = texts.flatMap((text) => units.map((unit) => text + unit));
    all.push(...texts);
  }
  const wrong: string[] = [];
  let accepted = 0;
  for (const bounds of [{ minLength: 2 }, { maxLength: 3 }, { minLength: 3, maxLength: 3 }]) {
    const theirs = new Ajv2020().compile({ type: 'string', ...bounds });
    const ours = standardSchema({ type: 'string', ...bounds })['~standard'];
    for (const text of all) {
      const isValid = theirs(text);
      accepted += Number(isValid);
      if ('issues' in ours.validate(text) === isValid) wrong.push(JSON.stringify([bounds, text]));
    }
  }
  expect(wrong).toEqual([]);
  expect(accepted).toBeGreaterThan(100);
});

test('a text that is too long is refused for that, and not for its pattern, with the bound', () => {
  const schema = standardSchema({ type: 'string', pattern: '^a*$', maxLength: 3 })['~standard'];
  expect(schema.validate('bbbb')).toMatchObject({
    issues: [{ message: ' must NOT have more than 3 characters' }],
  });
});
