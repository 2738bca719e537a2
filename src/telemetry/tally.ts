import { Counter, type CounterConfiguration } from 'prom-client';

/** Counts one more of a series. */
export type Count = () => void;

/** A counter of Prometheus' client that hears of what was counted when it is scraped. */
export interface TallyCounter<Label extends string> {
  /** Makes a series, which begins at 0, and is to be made once. */
  readonly series: (labels: Readonly<Record<Label, string>>) => Count;
}

/**
 * For what every request counts: the client makes a text of the labels each time to find the series by, which costs ten times as much
 * as to add one to a number.
 */
export function createTallyCounter<Label extends string>(
  configuration: Omit<CounterConfiguration<Label>, 'collect'>,
): TallyCounter<Label> {
  const tallies: { readonly labels: Readonly<Record<Label, string>>; count: number }[] = [];
  const counter = new Counter({
    ...configuration,
    collect() {
      for (const tally of tallies) {
        counter.inc({ ...tally.labels }, tally.count);
        tally.count = 0;
      }
    },
  });
  return {
    series(labels) {
      const tally = { labels, count: 0 };
      tallies.push(tally);
      return () => (tally.count += 1);
    },
  };
}
