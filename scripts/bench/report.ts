import { spreadOf, type Spread } from './statistics.ts';
import type { Figures, Ratio } from './summary.ts';
import { SELF } from './targets.ts';
import { verdicts, type Goal } from './verdict.ts';

/** What the processor time of a request may be at most, as a part of what a peer takes that verifies each token. */
const CPU_TARGETS = { limit: 1.2, fastify: 0.9, fastapi: 0.125 };
const CPU_TARGET_WORKLOADS: readonly string[] = ['get', 'list', 'mix'];
/** And the p95 at a fixed rate, in milliseconds. */
const P95_TARGET = { rate: 500, atMost: 20 };

/** Sets rows of text as a table in Markdown, numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map(
    (cell, column) =>
      spreadOf([cell, ...rows.map((row) => row[column] ?? '')].map(({ length }) => length)).max,
  );
  const isNumeric = head.map((_, column) =>
    rows.every((row) => /^(–|[\d.]+( %| \(.*\))?)$/.test(row[column] ?? '')),
  );
  const line = (cells: readonly string[]) => {
    const padded = cells.map((cell, column) => {
      const width = widths[column] ?? 0;
      return isNumeric[column] ? cell.padStart(width) : cell.padEnd(width);
    });
    return `| ${padded.join(' | ')} |`;
  };
  const rule = widths.map((width, column) =>
    isNumeric[column] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  );
  return [line(head), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n');
}

/** Sets what there is one below the other, as Markdown wants it. */
export function paragraphs(sections: readonly string[]): string {
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

/** The report of a comparison: what was measured, then the ratios. */
export function comparisonReport(figures: readonly Figures[], ratios: readonly Ratio[]): string {
  const closed = figures.filter(({ rate }) => rate === undefined);
  const open = figures.filter(({ rate }) => rate !== undefined);
  const sections = [
    'As fast as it goes (closed loop): medians of the rounds.',
    table(
      [
        'workload',
        'server',
        'requests/s',
        'p50 ms',
        'p95 ms',
        'p99 ms',
        'CPU µs',
        'database CPU µs',
        'busy',
        'RSS MB',
      ],
      closed.map((row) => [
        row.workload,
        row.server,
        row.perSecond.median.toFixed(0),
        ...[row.p50, row.p95, row.p99].map(milliseconds),
        row.cpuMicroseconds.median.toFixed(0),
        row.databaseCpuMicroseconds.median.toFixed(0),
        percent(row.busy),
        (row.residentBytes / 2 ** 20).toFixed(0),
      ]),
    ),
    'This server against each peer: median (least – most) over the rounds. Below 1 is less; only of requests/s more is better. Of the peers, limit, fastify and fastapi, to which there are targets, verify the token of each request; this server remembers tokens that it has verified, and so do limit-caching and fastify-caching, which are the same programs otherwise, and parts.',
    table(
      [
        'workload',
        'peer',
        'CPU per request',
        'with the database',
        'requests/s',
        'p50',
        'p95',
        'p99',
        'RSS',
      ],
      ratios
        .filter(({ rate }) => rate === undefined)
        .map(
          ({ workload, peer, cpu, cpuWithDatabase, perSecond, p50, p95, p99, residentBytes }) => [
            workload,
            peer,
            ...[cpu, cpuWithDatabase, perSecond, p50, p95, p99, residentBytes].map(spread),
          ],
        ),
    ),
    verdicts(cpuGoals(ratios)),
    'At a fixed rate (open loop): waiting time from when a request was due.',
    table(
      [
        'workload',
        'rate/s',
        'server',
        'p50 ms',
        'p95 ms',
        'p99 ms',
        'refused',
        'unanswered',
        'busy',
      ],
      open.map((row) => [
        row.workload,
        String(row.rate),
        row.server,
        ...[row.p50, row.p95, row.p99].map(milliseconds),
        String(row.refused),
        String(row.unanswered),
        percent(row.busy),
      ]),
    ),
    verdicts([
      {
        what: `p95 at ${P95_TARGET.rate} requests a second, in ms`,
        atMost: P95_TARGET.atMost,
        figures: open
          .filter(({ server, rate }) => server === SELF && rate === P95_TARGET.rate)
          // Who was refused has not been answered in time either.
          .map(({ workload, p95, refused }) =>
            refused > 0 ? [`${workload}, of which ${refused} refused`, NaN] : [workload, p95],
          ),
      },
    ]),
    'This server against each peer at a fixed rate: median (least – most) over the rounds.',
    table(
      ['workload', 'rate/s', 'peer', 'p50', 'p95', 'p99'],
      ratios
        .filter(({ rate }) => rate !== undefined)
        .map(({ workload, rate, peer, p50, p95, p99 }) => [
          workload,
          String(rate),
          peer,
          ...[p50, p95, p99].map(spread),
        ]),
    ),
  ];
  return paragraphs(sections);
}

function cpuGoals(ratios: readonly Ratio[]): Goal[] {
  return Object.entries(CPU_TARGETS).map(([target, atMost]) => ({
    what: `CPU per request, to ${target}`,
    atMost,
    figures: ratios
      .filter(({ peer, rate }) => peer === target && rate === undefined)
      .filter(({ workload }) => CPU_TARGET_WORKLOADS.includes(workload))
      .map(({ workload, cpu }) => [workload, cpu.median]),
  }));
}

/** The median with both ends. */
export function spread({ median, min, max }: Spread): string {
  if (Number.isNaN(median)) return '–';
  return `${median.toFixed(2)} (${min.toFixed(2)} – ${max.toFixed(2)})`;
}

/** To three digits. */
export function milliseconds(value: number): string {
  if (Number.isNaN(value)) return '–';
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
}

function percent(part: number): string {
  return `${(part * 100).toFixed(0)} %`;
}
