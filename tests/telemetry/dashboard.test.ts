import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createClient, signedIn } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createTask } from '../support/scenarios.ts';
import { alertRules, dashboardExpressions } from './expressions.ts';
import { startObservedServer, type ObservedServer, type Sample } from './observed.ts';

let database: TestDatabase;
let server: ObservedServer;
let samples: Sample[];
beforeAll(async () => {
  database = await createTestDatabase();
  server = await startObservedServer(database.url);
  await createTask(await signedIn(server.url, 'alice'), 'alice');
  await createClient(server.url)('GET', '/nowhere');
  // To scrape makes garbage, too.
  do samples = await server.scrape();
  while (
    !samples.some(({ labels }) => labels.operation_id === 'none') ||
    !samples.some(({ name }) => name === 'nodejs_gc_duration_seconds_sum')
  );
});
afterAll(async () => {
  await server.stop();
  await database.drop();
});

/** What the scrape adds to each sample. */
const ADDED = ['job', 'instance'];

/** The metrics and labels of a text with PromQL that no server has: each name must be followed by its matchers. */
function unknownIn(text: string): string[] {
  const selectors = [...text.matchAll(/\b([a-z]\w*)\{([^}]*)\}/g)].filter(
    ([, name]) => name !== 'up',
  );
  return selectors.flatMap(([, name = '', matchers = '']) => {
    const found = samples.filter((sample) => sample.name === name);
    if (found.length === 0) return [name];
    const labels = new Set([...ADDED, ...found.flatMap((sample) => Object.keys(sample.labels))]);
    const named = Array.from(
      matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g),
      ([, label = '']) => label,
    );
    return named.filter((label) => !labels.has(label)).map((label) => `${name}{${label}}`);
  });
}

/** The metrics of our own that a server has, which are not those of prom-client. */
function ownMetrics(): string[] {
  const names = samples.map(({ name }) => name.replace(/_(?:bucket|sum|count)$/, ''));
  return [...new Set(names)].filter((name) => !/^(?:process|nodejs)_/.test(name));
}

test('each metric of our own is on the dashboard', () => {
  const shown = new Set(
    dashboardExpressions().flatMap(({ expr }) =>
      Array.from(expr.matchAll(/\b(\w+?)(?:_bucket|_sum|_count)?\{/g), ([, name]) => name),
    ),
  );
  expect(ownMetrics().length).toBeGreaterThan(10);
  expect(ownMetrics().filter((name) => !shown.has(name))).toEqual([]);
});

test('each metric of our own is in the documentation, and no other', () => {
  const page = readFileSync(new URL('../../docs/monitoring.md', import.meta.url), 'utf8');
  const documented = Array.from(
    page.matchAll(/^\| `(\w+)` +\| (?:histogram|gauge|counter) /gm),
    ([, name]) => name,
  );
  expect(documented.sort()).toEqual(ownMetrics().sort());
});

describe.each(dashboardExpressions())('the dashboard, in "$where"', ({ expr }) => {
  test(`names only what a server has: ${expr}`, () => {
    expect(expr).toMatch(/\w\{job="\$job"/);
    expect(unknownIn(expr)).toEqual([]);
  });

  test('groups by labels that are there', () => {
    const by = Array.from(expr.matchAll(/\bby \(([^)]*)\)/g), ([, list = '']) => list.split(', '));
    const known = new Set([...ADDED, ...samples.flatMap(({ labels }) => Object.keys(labels))]);
    expect(by.flat().filter((label) => !known.has(label))).toEqual([]);
  });
});

test('the alert rules name only what a server has', () => {
  expect(alertRules().match(/\balert: /g)?.length).toBeGreaterThan(5);
  expect(unknownIn(alertRules())).toEqual([]);
});

test('a metric that no server has would be found', () => {
  expect(unknownIn('rate(no_such_total{job="x"}[5m])')).toEqual(['no_such_total']);
  expect(unknownIn('http_requests_in_flight{colour="red"}')).toEqual([
    'http_requests_in_flight{colour}',
  ]);
});
