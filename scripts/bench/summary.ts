import type { Window } from './compare.ts';
import { byKey, spreadOf, type Spread } from './statistics.ts';
import { SELF } from './targets.ts';

/** All windows of one server under one workload. */
export interface Figures {
  readonly server: string;
  readonly workload: string;
  readonly rate: number | undefined;
  readonly perSecond: Spread;
  /** Milliseconds, the median of the rounds' own percentiles. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly cpuMicroseconds: Spread;
  readonly databaseCpuMicroseconds: Spread;
  readonly busy: number;
  readonly loadBusy: number;
  readonly residentBytes: number;
  readonly refused: number;
  readonly unanswered: number;
}

/** What this server takes, as a part of what a peer takes: below 1 is less. */
export interface Ratio {
  readonly workload: string;
  readonly rate: number | undefined;
  readonly peer: string;
  /** Processor time of the server for a request. */
  readonly cpu: Spread;
  /** Processor time of server and database together for a request. */
  readonly cpuWithDatabase: Spread;
  /** Requests a second: here, above 1 is better. */
  readonly perSecond: Spread;
  readonly p50: Spread;
  readonly p95: Spread;
  readonly p99: Spread;
  /** Resident memory of the server, at the end of each of the rounds. */
  readonly residentBytes: Spread;
}

/** Summarises the rounds of each server under each workload. */
export function figuresOf(windows: readonly Window[]): Figures[] {
  return byKey(
    windows,
    ({ server, workload, rate }) => `${workload} ${rate ?? ''} ${server}`,
    (group) => {
      const of = (value: (window: Window) => number) => spreadOf(group.map(value));
      const sum = (value: (window: Window) => number) => group.map(value).reduce((a, b) => a + b);
      const [{ server, workload, rate }] = group as [Window];
      return {
        server,
        workload,
        rate,
        perSecond: of(perSecond),
        p50: of(({ latency }) => latency.p50).median,
        p95: of(({ latency }) => latency.p95).median,
        p99: of(({ latency }) => latency.p99).median,
        cpuMicroseconds: of(({ cpuMicroseconds }) => cpuMicroseconds),
        databaseCpuMicroseconds: of(({ databaseCpuMicroseconds }) => databaseCpuMicroseconds),
        busy: of(({ busy }) => busy).median,
        loadBusy: of(({ loadBusy }) => loadBusy).median,
        residentBytes: group.at(-1)?.residentBytes ?? 0,
        refused: sum(({ refused }) => refused),
        unanswered: sum(({ unanswered }) => unanswered),
      };
    },
  );
}

/**
 * Compares this server with each peer, round by round: what a round has in common, such as other work on the machine,
 * cancels out.
 */
export function ratiosOf(windows: readonly Window[]): Ratio[] {
  const turnOf = ({ workload, rate, round }: Window) => `${workload} ${rate ?? ''} ${round}`;
  const own = new Map(
    windows.filter(({ server }) => server === SELF).map((window) => [turnOf(window), window]),
  );
  return byKey(
    windows.filter(({ server }) => server !== SELF),
    ({ workload, rate, server }) => `${workload} ${rate ?? ''} ${server}`,
    (group) => {
      const [{ workload, rate, server: peer }] = group as [Window];
      const of = (value: (window: Window) => number) =>
        spreadOf(
          group.flatMap((theirs) => {
            const ours = own.get(turnOf(theirs));
            return ours ? [value(ours) / value(theirs)] : [];
          }),
        );
      return {
        workload,
        rate,
        peer,
        cpu: of(({ cpuMicroseconds }) => cpuMicroseconds),
        cpuWithDatabase: of(cpuWithDatabase),
        perSecond: of(perSecond),
        p50: of(({ latency }) => latency.p50),
        p95: of(({ latency }) => latency.p95),
        p99: of(({ latency }) => latency.p99),
        residentBytes: of(({ residentBytes }) => residentBytes),
      };
    },
  );
}

function perSecond({ answered, seconds }: Window): number {
  return answered / seconds;
}

function cpuWithDatabase({ cpuMicroseconds, databaseCpuMicroseconds }: Window): number {
  return cpuMicroseconds + databaseCpuMicroseconds;
}
