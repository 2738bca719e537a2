import { expect, test } from '@jest/globals';
import { createMetrics } from '../../src/telemetry/metrics.ts';

test('counts refusals by what was overloaded, from nought on', async () => {
  const { registry, countRefusal } = createMetrics();
  const counted = async () => {
    const values = await registry.getSingleMetric('http_requests_refused_total')?.get();
    return values?.values.map(({ labels, value }) => [labels.reason, value]);
  };
  const expected = (database: number, eventLoop: number) =>
    expect.arrayContaining([
      ['database', database],
      ['event_loop', eventLoop],
    ]);
  expect(await counted()).toEqual(expected(0, 0));
  for (const reason of ['database', 'database', 'event_loop'] as const) countRefusal(reason);
  expect(await counted()).toEqual(expected(2, 1));
  countRefusal('event_loop');
  expect(await counted()).toEqual(expected(2, 2));
  expect(await counted()).toHaveLength(2);
});
