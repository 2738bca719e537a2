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
  readonly peer: string;
  /** Processor time of the server for a request. */
  readonly cpu: Spread;
  /** Processor time of server and database together for a request. */
  readonly cpuWithDatabase: Spread;
  /** Requests a second: here, above 1 is better. */
  readonly perSecond: Spread;
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
        perSecond: of(({ answered, seconds }) => answered / seconds),
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
  const closed = windows.filter(({ rate }) => rate === undefined);
  const own = new Map(
    closed
      .filter(({ server }) => server === SELF)
      .map((window) => [`${window.workload} ${window.round}`, window]),
  );
  return byKey(
    closed.filter(({ server }) => server !== SELF),
    ({ workload, server }) => `${workload} ${server}`,
    (group) => {
      const [{ workload, server: peer }] = group as [Window];
      const pairs = group.flatMap((theirs) => {
        const ours = own.get(`${theirs.workload} ${theirs.round}`);
        return ours ? [{ ours, theirs }] : [];
      });
      return {
        workload,
        peer,
        cpu: spreadOf(
          pairs.map(({ ours, theirs }) => ours.cpuMicroseconds / theirs.cpuMicroseconds),
        ),
        cpuWithDatabase: spreadOf(
          pairs.map(({ ours, theirs }) => cpuWithDatabase(ours) / cpuWithDatabase(theirs)),
        ),
        perSecond: spreadOf(
          pairs.map(
            ({ ours, theirs }) => ours.answered / ours.seconds / (theirs.answered / theirs.seconds),
          ),
        ),
      };
    },
  );
}

function cpuWithDatabase({ cpuMicroseconds, databaseCpuMicroseconds }: Window): number {
  return cpuMicroseconds + databaseCpuMicroseconds;
}
