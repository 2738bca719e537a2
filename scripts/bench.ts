/**
 * Measures the server: against its peers, as its data and its contract grow, or under more load than it can carry.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, release } from 'node:os';
import { join, resolve } from 'node:path';
import { chart } from './bench/chart.ts';
import { commitOf } from './bench/commit.ts';
import { compare, type Window } from './bench/compare.ts';
import { pinProcessors } from './bench/cpus.ts';
import { query, startDatabase } from './bench/database.ts';
import { overload, overloadReport } from './bench/overload.ts';
import { comparisonReport } from './bench/report.ts';
import { scaleReport } from './bench/growth.ts';
import { scale } from './bench/scale.ts';
import { HELP, parseSettings, type Settings } from './bench/settings.ts';
import { figuresOf, ratiosOf } from './bench/summary.ts';
import type { Surroundings } from './bench/targets.ts';
import { watchForShutdown } from './local/shutdown.ts';
import type { RunningPostgres } from './local/postgres.ts';

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function main(): Promise<void> {
  const settings = parseSettings(process.argv.slice(2));
  if (settings.help) {
    process.stdout.write(HELP);
    return;
  }
  const out = resolve(settings.out);
  await mkdir(join(out, 'logs'), { recursive: true });
  const pinning = pinProcessors();
  say(pinning.note);
  const surroundings = {
    poolMax: settings.poolMax,
    jwtSecret: randomBytes(32).toString('base64url'),
    serverPrefix: pinning.serverPrefix,
    logs: join(out, 'logs'),
    cache: join(out, 'cache'),
  };
  const shutdown = watchForShutdown();
  let postgres: RunningPostgres | undefined;
  try {
    postgres = await startDatabase(out);
    const machine = await describeMachine(postgres, pinning.note);
    const measure = settings.scale
      ? measureGrowth
      : settings.overload
        ? measureOverload
        : measurePeers;
    const measured = measure(postgres, surroundings, settings, out, machine);
    await Promise.race([measured, shutdown.requested]);
  } catch (error) {
    // Ctrl-C ends the measured servers as well, and what then fails is not worth a word.
    if (!shutdown.isRequested()) throw error;
  } finally {
    await postgres?.stop();
    shutdown.dispose();
  }
  if (shutdown.isRequested()) throw new Error('Stopped before the end.');
}

async function measurePeers(
  postgres: RunningPostgres,
  surroundings: Omit<Surroundings, 'databaseUrl'>,
  { compare: settings }: Settings,
  out: string,
  machine: object,
): Promise<void> {
  const windows = await compare(postgres, surroundings, settings, say, showProgress);
  const figures = figuresOf(windows);
  const ratios = ratiosOf(windows);
  const report = comparisonReport(figures, ratios);
  await writeFile(join(out, 'table.md'), report);
  await writeJson(join(out, 'bench.json'), { machine, settings, figures, ratios, windows });
  const subtitle = `Median of ${settings.rounds} rounds, ${settings.connections} connections; the line is the spread.`;
  await writeFile(join(out, 'bench.svg'), chart(figures, subtitle));
  process.stdout.write(report);
  say(`Written to ${out}: table.md, bench.json, bench.svg`);
}

function showProgress({ round, workload, rate, server, cpuMicroseconds, latency }: Window): void {
  const what = rate === undefined ? workload : `${workload} at ${rate}/s`;
  say(
    `round ${round}  ${what.padEnd(17)} ${server.padEnd(15)} ${cpuMicroseconds.toFixed(0).padStart(5)} µs CPU  p95 ${latency.p95.toFixed(1)} ms`,
  );
}

async function measureGrowth(
  postgres: RunningPostgres,
  surroundings: Omit<Surroundings, 'databaseUrl'>,
  { growth: settings }: Settings,
  out: string,
  machine: object,
): Promise<void> {
  const growth = await scale(postgres, surroundings, settings, out, say);
  const report = scaleReport(growth);
  await writeFile(join(out, 'scale.md'), report);
  await writeJson(join(out, 'scale.json'), { machine, settings, ...growth });
  process.stdout.write(report);
  say(`Written to ${out}: scale.md, scale.json`);
}

async function measureOverload(
  postgres: RunningPostgres,
  surroundings: Omit<Surroundings, 'databaseUrl'>,
  { shedding: settings }: Settings,
  out: string,
  machine: object,
): Promise<void> {
  const rounds = await overload(postgres, surroundings, settings, say);
  const report = overloadReport(rounds);
  await writeFile(join(out, 'overload.md'), report);
  await writeJson(join(out, 'overload.json'), { machine, settings, rounds });
  process.stdout.write(report);
  say(`Written to ${out}: overload.md, overload.json`);
}

async function describeMachine({ url }: RunningPostgres, pinning: string): Promise<object> {
  const [row] = await query<{ version: string }>(
    url,
    "SELECT current_setting('server_version') AS version",
  );
  return {
    measuredAt: new Date().toISOString(),
    ...(await commitOf(import.meta.dirname)),
    processor: cpus()[0]?.model ?? 'unknown',
    // Not `availableParallelism`: this process has been confined to some of them.
    processors: cpus().length,
    system: `${process.platform} ${release()}`,
    node: process.version,
    postgres: row?.version,
    pinning,
  };
}

async function writeJson(path: string, value: object): Promise<void> {
  await writeFile(path, `${JSON.stringify(value, null, 2)}\n`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
