import { describe, expect, test } from '@jest/globals';
import type { Window } from '../../scripts/bench/compare.ts';
import { growthOf, scaleReport } from '../../scripts/bench/growth.ts';
import { overloadReport } from '../../scripts/bench/overload.ts';
import { comparisonReport } from '../../scripts/bench/report.ts';
import { parseSettings } from '../../scripts/bench/settings.ts';
import { figuresOf, ratiosOf } from '../../scripts/bench/summary.ts';
import { verdicts } from '../../scripts/bench/verdict.ts';

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

  test('takes each operation at a fixed rate too, unless it is to be quick', () => {
    const loads = (...args: string[]) =>
      parseSettings(args).compare.openLoads.map(({ workload, rate }) => `${workload} ${rate}`);
    const mix = ['mix 100', 'mix 250', 'mix 500'];
    expect(loads()).toEqual([...mix, 'get 500', 'list 500', 'complete 500', 'create 500']);
    expect(loads('--quick')).toEqual(mix);
  });
});

describe('a goal', () => {
  test('is reached at its bound, and what misses it is named', () => {
    const figures = [
      ['get', 1.19],
      ['list', 1.2],
      ['mix', 1.201],
    ] as const;
    const judged = [
      { what: 'cost', atMost: 1.2, figures: figures.slice(0, 2) },
      { what: 'cost', atMost: 1.2, figures },
      { what: 'use', atLeast: 1.2, figures: figures.slice(1) },
      { what: 'use', atLeast: 1.2, figures },
      { what: 'unmeasured', atMost: 1.2, figures: [['get', NaN]] as const },
      { what: 'absent', atMost: 1.2, figures: [] },
    ];
    expect(verdicts(judged).split('\n')).toEqual([
      '- cost, at most 1.2: reached.',
      '- cost, at most 1.2: missed by 1 of 3: mix (1.201).',
      '- use, at least 1.2: reached.',
      '- use, at least 1.2: missed by 1 of 3: get (1.19).',
      '- unmeasured, at most 1.2: missed by 1 of 1: get (NaN).',
    ]);
  });

  test('of the comparison is CPU to three peers, for what is read and for the mix, and p95 at 500/s', () => {
    const servers = {
      'todo-api': 100,
      limit: 90,
      fastify: 100,
      fastapi: 1_000,
      'limit-caching': 1,
    };
    const slow = { p50: 1, p95: 21, p99: 30, max: 40 };
    const windows = Object.entries(servers).flatMap(([server, cpuMicroseconds]) => [
      window(server, { cpuMicroseconds }),
      window(server, { cpuMicroseconds: 100, workload: 'list' }),
      // There is no target for it.
      window(server, { cpuMicroseconds: server === 'todo-api' ? 1e6 : 1, workload: 'create' }),
      window(server, { rate: 250, latency: slow }),
      window(server, { rate: 500, workload: 'mix', latency: server === 'limit' ? slow : latency }),
      window(server, { rate: 500, latency: server === 'todo-api' ? slow : latency }),
    ]);
    const report = comparisonReport(figuresOf(windows), ratiosOf(windows));
    expect(report.match(/^- .*$/gm)).toEqual([
      '- CPU per request, to limit, at most 1.2: reached.',
      '- CPU per request, to fastify, at most 0.9: missed by 2 of 2: get (1); list (1).',
      '- CPU per request, to fastapi, at most 0.125: missed by 1 of 2: list (1).',
      '- p95 at 500 requests a second, in ms, at most 20: missed by 1 of 2: get (21).',
    ]);
  });

  test('of waiting is not reached by refusing', () => {
    const load = { rate: 500, workload: 'mix', refused: 3 } as const;
    const report = comparisonReport(figuresOf([window('todo-api', load)]), []);
    expect(report).toContain('missed by 1 of 1: mix, of which 3 refused (NaN).');
  });

  test('of the growth is 1.3 times the first situation, for time and CPU', () => {
    const sample = (
      situation: string,
      operation: string,
      p50: number,
      cpuMicroseconds: number,
    ) => ({
      ...{ ...load, situation, operation, round: 1, cpuMicroseconds },
      latency: { ...latency, p50 },
    });
    const data = growthOf([
      sample('small', 'get', 1, 100),
      sample('large', 'get', 1.3, 131),
      sample('small', 'list', 2, 200),
      sample('large', 'list', 2.8, 220),
    ]);
    const operations = growthOf([sample('13', 'get', 1, 100), sample('400', 'get', 1, 100)]);
    expect(scaleReport({ data, operations }).match(/^- .*$/gm)).toEqual([
      '- p50, to the first, at most 1.3: missed by 1 of 2: list, large (1.4).',
      '- CPU, to the first, at most 1.3: missed by 1 of 2: get, large (1.31).',
      '- p50, to the first, at most 1.3: reached.',
      '- CPU, to the first, at most 1.3: reached.',
    ]);
  });

  test.each([
    [800, 12, 'reached', 'reached'],
    [790, 12, 'missed by 1 of 1: the median (0.79)', 'reached'],
    [800, 13, 'reached', 'missed by 1 of 1: the median (3.25)'],
  ])(
    'of an overload is judged by %i/s of 1000, and %i ms after 4',
    (goodput, p99, done, waited) => {
      const phase = { ...load, goodput: 1_000, busy: 1, loadBusy: 0.5, slowestLiveness: 1 };
      const overloaded = { ...phase, goodput, latency: { ...latency, p99 } };
      const report = overloadReport([{ peak: phase, normal: phase, overloaded, after: phase }]);
      expect(report.match(/^- .*$/gm)).toEqual([
        `- goodput, at least 0.8: ${done}.`,
        `- p99 of what is accepted, at most 3: ${waited}.`,
      ]);
    },
  );
});
