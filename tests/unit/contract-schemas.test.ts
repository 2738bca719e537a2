import { expect, test } from '@jest/globals';
import { contractSchema } from '../../src/contract/schemas.ts';

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
