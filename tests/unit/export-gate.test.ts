import { expect, test } from '@jest/globals';
import { createExportGate } from '../../src/users/export-gate.ts';

test('lets two exports of one user run at once, and as many of all as it is told', () => {
  const gate = createExportGate(3);
  const leave = gate.enter('ada');
  gate.enter('ada');
  expect(() => gate.enter('ada')).toThrow('Too many exports');
  gate.enter('bob');
  expect(() => gate.enter('carol')).toThrow('Too many exports');
  leave();
  leave();
  gate.enter('carol');
  expect(() => gate.enter('dan')).toThrow('Too many exports');
});
