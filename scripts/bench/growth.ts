import type { LoadResult } from './load.ts';
import { milliseconds, paragraphs, spread, table } from './report.ts';
import { byKey, spreadOf, type Spread } from './statistics.ts';
import { verdicts } from './verdict.ts';

/** What a figure may grow to, as a multiple of that in the first situation. */
const MOST_GROWTH = 1.3;

/** How one operation did in one situation. */
export interface GrowthFigures {
  readonly situation: string;
  readonly operation: string;
  /** Milliseconds, medians over the rounds. */
  readonly p50: number;
  readonly p95: number;
  readonly cpuMicroseconds: number;
  /** What it takes as a multiple of what it takes in the first situation: the median time, and the server's processor time. */
  readonly p50Ratio: Spread;
  readonly cpuRatio: Spread;
}

/** One turn of one operation in one situation. */
export interface Sample extends LoadResult {
  readonly situation: string;
  readonly operation: string;
  readonly round: number;
  readonly cpuMicroseconds: number;
}

/** Everything that `--scale` measures. */
export interface Growth {
  readonly data: GrowthFigures[];
  readonly operations: GrowthFigures[];
}

/** Summarises the rounds, each situation against the first one in the same round. */
export function growthOf(samples: readonly Sample[]): GrowthFigures[] {
  const [first] = samples;
  const bases = new Map(
    samples
      .filter(({ situation }) => situation === first?.situation)
      .map((sample) => [`${sample.operation} ${sample.round}`, sample]),
  );
  return byKey(
    samples,
    ({ operation, situation }) => `${operation} ${situation}`,
    (group) => {
      const [{ operation, situation }] = group as [Sample];
      const median = (value: (sample: Sample) => number) => spreadOf(group.map(value)).median;
      const ratio = (value: (sample: Sample) => number) =>
        spreadOf(
          group.flatMap((sample) => {
            const base = bases.get(`${sample.operation} ${sample.round}`);
            return base ? [value(sample) / value(base)] : [];
          }),
        );
      return {
        situation,
        operation,
        p50: median(({ latency }) => latency.p50),
        p95: median(({ latency }) => latency.p95),
        cpuMicroseconds: median(({ cpuMicroseconds }) => cpuMicroseconds),
        p50Ratio: ratio(({ latency }) => latency.p50),
        cpuRatio: ratio(({ cpuMicroseconds }) => cpuMicroseconds),
      };
    },
  );
}

/** The report: each situation beside the first. */
export function scaleReport({ data, operations }: Growth): string {
  const rows = (figures: readonly GrowthFigures[]) =>
    table(
      [
        'operation',
        'situation',
        'p50 ms',
        'p95 ms',
        'CPU µs',
        'p50, to the first',
        'CPU, to the first',
      ],
      figures.map((row) => [
        row.operation,
        row.situation,
        milliseconds(row.p50),
        milliseconds(row.p95),
        row.cpuMicroseconds.toFixed(0),
        spread(row.p50Ratio),
        spread(row.cpuRatio),
      ]),
    );
  const judged = (figures: readonly GrowthFigures[]) => {
    const grown = figures.filter(({ situation }) => situation !== figures[0]?.situation);
    const goal = (what: string, ratio: (row: GrowthFigures) => Spread) => ({
      what: `${what}, to the first`,
      atMost: MOST_GROWTH,
      figures: grown.map(
        (row) => [`${row.operation}, ${row.situation}`, ratio(row).median] as const,
      ),
    });
    return verdicts([goal('p50', (row) => row.p50Ratio), goal('CPU', (row) => row.cpuRatio)]);
  };
  const sections = [
    'Growth with the data: median (least – most) over the rounds.',
    rows(data),
    judged(data),
    'Growth with the contract: the same requests, the contract documenting more operations.',
    rows(operations),
    judged(operations),
  ];
  return paragraphs(sections);
}
