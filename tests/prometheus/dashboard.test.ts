import { execFile, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openSession, type Session } from '../faults/session.ts';
import { createClient, signedIn } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createTask, MERGE_PATCH, tasksOf } from '../support/scenarios.ts';
import { dashboardExpressions } from '../telemetry/expressions.ts';
import { startObservedServer, valueOf, type ObservedServer } from '../telemetry/observed.ts';
import { startPrometheus, type Prometheus } from './prometheus.ts';

const JOB = 'todo-api';
const run = promisify(execFile);
const docs = fileURLToPath(new URL('../../docs', import.meta.url));

let database: TestDatabase;
let server: ObservedServer;
let prometheus: Prometheus;
let session: Session;
beforeAll(async () => {
  database = await createTestDatabase();
  server = await startObservedServer(database.url);
  prometheus = await startPrometheus(JOB, new URL(server.metricsUrl).host);
  // Rates need a series to be there at two scrapes, and to grow between them.
  session = await openSession(database.url);
  while (!(await hasGrown())) {
    await endConnections();
    await someOfEverything();
    await sleep(200);
  }
}, 120_000);
afterAll(async () => {
  await session.end();
  await prometheus.close();
  await server.stop();
  await database.drop();
});

/** Has the server open new ones. It has none left when this is done, so no request meets one that is broken. */
async function endConnections(): Promise<void> {
  await session.query(`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()`);
  while (valueOf(await server.scrape(), 'db_pool_connections') > 0);
}

async function someOfEverything(): Promise<void> {
  const user = randomUUID();
  const client = await signedIn(server.url, user);
  const { id } = await createTask(client, user);
  const path = `${tasksOf(user)}/${id}`;
  await client('GET', path);
  await client('GET', tasksOf(user));
  await client('PATCH', path, { body: { title: 'b' }, headers: MERGE_PATCH });
  await createClient(server.url)('GET', path);
  const headers = { 'Idempotency-Key': '"key"' };
  for (let i = 0; i < 2; i += 1) {
    await client('POST', tasksOf(user), { body: { title: 'a' }, headers });
  }
}

async function hasGrown(): Promise<boolean> {
  const rates = await prometheus.query(
    `rate(http_request_duration_seconds_count{job="${JOB}"}[1m])`,
  );
  return rates.filter(({ value }) => value > 0).length >= 5;
}

describe.each(dashboardExpressions())('the dashboard, in "$where"', ({ expr }) => {
  test(`has series for ${expr}`, async () => {
    const query = expr.replaceAll('$job', JOB).replaceAll('$__rate_interval', '1m');
    const finite = async () =>
      (await prometheus.query(query)).filter(({ value }) => Number.isFinite(value)).length;
    // What is measured between two scrapes alone is not a number when the machine has had no time for it.
    const deadline = performance.now() + 10_000;
    let found = await finite();
    while (found === 0 && performance.now() < deadline) {
      await sleep(100);
      found = await finite();
    }
    expect(found).toBeGreaterThan(0);
  }, 20_000);
});

test('every alert rule is evaluated without an error, and none fires for a server that is well', async () => {
  const untilEvaluated = async () => {
    for (;;) {
      const rules = await prometheus.rules();
      if (rules.length > 0 && rules.every(({ health }) => health !== 'unknown')) return rules;
      await sleep(100);
    }
  };
  const rules = await untilEvaluated();
  expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
  expect(await prometheus.query('ALERTS{alertstate="firing"}')).toEqual([]);
});

test('promtool finds nothing wrong with the names of our metrics', async () => {
  const text = await (await fetch(`${server.metricsUrl}/metrics`)).text();
  const checked = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  const found = checked.stderr.split('\n').filter((line) => line !== '');
  // prom-client's own names for what Node has of itself are not all by the book.
  expect(found.filter((line) => !/^nodejs_active_\w+_total /.test(line))).toEqual([]);
});

test('promtool finds nothing wrong with the alert rules, and they fire when they should', async () => {
  await run('promtool', ['check', 'rules', 'alerts.yml'], { cwd: docs });
  await run('promtool', ['test', 'rules', 'alerts.test.yml'], { cwd: docs });
});
