import { expect, test } from '@jest/globals';
import { statementName } from '../../src/telemetry/statement-name.ts';
import { sourceStatements } from '../support/source-statements.ts';

test('every statement in the source begins with a name of its own', () => {
  expect(sourceStatements.length).toBeGreaterThan(15);
  const names = sourceStatements.map(statementName);
  expect(sourceStatements.filter((text) => statementName(text) === 'unnamed')).toEqual([]);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test('a comment further on is no name', () => {
  expect(statementName('SELECT /* a */ 1')).toBe('unnamed');
});
