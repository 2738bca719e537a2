import { expect, test } from '@jest/globals';
import { shareOf } from '../../src/db/pool.ts';
import { createExportGate } from '../../src/users/export-gate.ts';

test('lets two exports of one user run at once, and of all as many as half of the connections', () => {
  const gate = createExportGate(6, 3);
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

test.each([
  [10, 2],
  [6, 2],
  [5, 2],
  [4, 1],
  [3, 1],
  // There is only one to be had.
  [2, 1],
  [1, 1],
])(
  'of %i connections leaves one user one beside exports, where there are two to be had',
  (connections, exports) => {
    const gate = createExportGate(connections, shareOf(connections));
    for (let count = 0; count < exports; count += 1) gate.enter('ada');
    expect(() => gate.enter('ada')).toThrow('Too many exports');
    expect(exports).toBeLessThan(Math.max(2, shareOf(connections)));
  },
);
