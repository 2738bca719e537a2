import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { statementName } from '../../src/telemetry/statement-name.ts';

const src = new URL('../../src/', import.meta.url);
const statements = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) => {
    const source = readFileSync(new URL(file, src), 'utf8');
    const found = source.matchAll(
      /\bsql\s*\.(?:type\([^)]*\)|unsafe|prepared\([^)]*\))\s*`([^`]*)/g,
    );
    return Array.from(found, ([, text = '']) => text);
  });

test('every statement in the source begins with a name of its own', () => {
  expect(statements.length).toBeGreaterThan(15);
  const names = statements.map(statementName);
  expect(statements.filter((text) => statementName(text) === 'unnamed')).toEqual([]);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test('a comment further on is no name', () => {
  expect(statementName('SELECT /* a */ 1')).toBe('unnamed');
});
