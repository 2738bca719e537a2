import { expect, test } from '@jest/globals';
import { statementName } from '../../src/telemetry/statement-name.ts';
import { sourceStatements, statementsIn } from '../support/source-statements.ts';

test('every statement in the source begins with a name of its own', () => {
  expect(sourceStatements.length).toBeGreaterThan(15);
  const names = sourceStatements.map(statementName);
  expect(sourceStatements.filter((text) => statementName(text) === 'unnamed')).toEqual([]);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test('a comment further on is no name', () => {
  expect(statementName('SELECT /* a */ 1')).toBe('unnamed');
});

test.each([
  ['sql.unsafe`SELECT 1`', ['SELECT 1']],
  ["sql.type(rowOf(schemaRef('Task')))`SELECT ${'one'} two`", ['SELECT ']],
  ['sql\n  .type(row)\n  `SELECT \\`1\\``', ['SELECT `1`']],
  ['sql.type(row)`SELECT ${exists(sql.unsafe`SELECT 2`)}`', ['SELECT ', 'SELECT 2']],
  ['slonik.sql.unsafe`SELECT 1`; (sql.unsafe)`SELECT 2`', ['SELECT 1', 'SELECT 2']],
  ['const query = sql.type(row); query`SELECT 1`', ['SELECT 1']],
  ['sql.fragment`tasks.id`; _`${text}.length`', []],
  ['// sql.unsafe`SELECT 1`', []],
])('the statements of %j are found', (source, statements) => {
  expect(statementsIn(source)).toEqual(statements);
});
