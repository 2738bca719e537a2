import { describe, expect, test } from '@jest/globals';
import type { Window } from '../../scripts/bench/compare.ts';
import { comparisonReport } from '../../scripts/bench/report.ts';
import { parseSettings } from '../../scripts/bench/settings.ts';
import { figuresOf, ratiosOf } from '../../scripts/bench/summary.ts';

const latency = { p50: 1, p95: 2, p99: 4, max: 8 };
const load = {
  ...{ answered: 100, refused: 0, unanswered: 0, seconds: 1 },
  ...{ latency, refusalLatency: latency },
};

function window(server: string, given: Partial<Window> = {}): Window {
  return {
    ...load,
    ...{ server, workload: 'get', round: 1, rate: undefined },
    ...{ cpuMicroseconds: 100, databaseCpuMicroseconds: 60, busy: 1, loadBusy: 0.5 },
    residentBytes: 100 * 2 ** 20,
    ...given,
  };
}

/** The cells of the rows of a report that begin so. */
function rows(report: string, ...first: string[]): string[][] {
  return report
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    )
    .filter((cells) => first.every((cell, index) => cells[index] === cell));
}

const same = (value: number) => ({ median: value, min: value, max: value });

describe('the comparison', () => {
  test('has the ratio of each figure within the same round', () => {
    const ratios = ratiosOf([
      window('todo-api', { cpuMicroseconds: 140, databaseCpuMicroseconds: 100 }),
      window('limit', {
        ...{ answered: 400, residentBytes: 50 * 2 ** 20 },
        latency: { p50: 0.5, p95: 4, p99: 1, max: 8 },
      }),
      // The machine is ten times as slow, for both.
      window('limit', { round: 2, cpuMicroseconds: 1_000, databaseCpuMicroseconds: 600 }),
      window('todo-api', { round: 2, cpuMicroseconds: 1_400, databaseCpuMicroseconds: 1_000 }),
    ]);
    expect(ratios).toEqual([
      {
        ...{ workload: 'get', rate: undefined, peer: 'limit' },
        cpu: same(1.4),
        cpuWithDatabase: same(1.5),
        perSecond: { median: 0.625, min: 0.25, max: 1 },
        p50: { median: 1.5, min: 1, max: 2 },
        p95: { median: 0.75, min: 0.5, max: 1 },
        p99: { median: 2.5, min: 1, max: 4 },
        residentBytes: { median: 1.5, min: 1, max: 2 },
      },
    ]);
  });

  test('shows the ratios, those at a fixed rate by themselves', () => {
    const windows = [
      window('todo-api', { cpuMicroseconds: 150 }),
      window('limit', { residentBytes: 25 * 2 ** 20 }),
      window('todo-api', { rate: 500, latency: { p50: 2, p95: 6, p99: 16, max: 32 } }),
      window('limit', { rate: 500 }),
    ];
    const report = comparisonReport(figuresOf(windows), ratiosOf(windows));
    const one = '1.00 (1.00 – 1.00)';
    const withDatabase = '1.31 (1.31 – 1.31)';
    expect(rows(report, 'get', 'limit').at(-1)).toEqual([
      ...['get', 'limit', '1.50 (1.50 – 1.50)', withDatabase, one, one, one, one],
      '4.00 (4.00 – 4.00)',
    ]);
    expect(rows(report, 'get', '500', 'limit').at(-1)).toEqual([
      ...['get', '500', 'limit', '2.00 (2.00 – 2.00)', '3.00 (3.00 – 3.00)', '4.00 (4.00 – 4.00)'],
    ]);
  });

  test('takes get and list at a fixed rate too, unless it is to be quick', () => {
    const loads = (...args: string[]) =>
      parseSettings(args).compare.openLoads.map(({ workload, rate }) => `${workload} ${rate}`);
    const mix = ['mix 100', 'mix 250', 'mix 500'];
    expect(loads()).toEqual([...mix, 'get 500', 'list 500']);
    expect(loads('--quick')).toEqual(mix);
  });
});
