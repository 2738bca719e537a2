import type { RunningPostgres } from '../local/postgres.ts';
import { callsOf, WORKLOADS, type Account, type Workload } from './calls.ts';
import { accountsOf, checkpoint, makeDatabase, populate, vacuum } from './database.ts';
import { assertSameAnswers } from './equality.ts';
import { closedLoop, openLoop, type LoadResult } from './load.ts';
import type { Program } from './program.ts';
import type { CompareSettings } from './settings.ts';
import { startPeer, startSelf, type Surroundings } from './targets.ts';
import { usageOf } from './usage.ts';

/** One server under one workload for some seconds. */
export interface Window extends LoadResult {
  readonly server: string;
  readonly workload: Workload;
  readonly round: number;
  /** Requests a second: those that were sent at, or `undefined` when as many were sent as were answered. */
  readonly rate: number | undefined;
  /** Processor time of the server, in microseconds for each answer. */
  readonly cpuMicroseconds: number;
  /** The part of the time in which the server's process was on a processor; 1 is one whole processor. */
  readonly busy: number;
  /** The same for this process, which makes the load. */
  readonly loadBusy: number;
  /** Of the server, in bytes, at the end. */
  readonly residentBytes: number;
}

/** The users of the comparison: so many that no server can answer from what one of them has just asked. */
const POPULATION = { prefix: 'user-', users: 500, tasksEach: 40 };

/**
 * Measures this server and its peers on one database, in turns: in each round every workload, and for each workload every
 * server, one right after the other, so that whatever else the machine does meanwhile hits them alike.
 *
 * @param onWindow told of each measurement
 */
export async function compare(
  postgres: RunningPostgres,
  surroundings: Omit<Surroundings, 'databaseUrl'>,
  settings: CompareSettings,
  say: (line: string) => void,
  onWindow: (window: Window) => void,
): Promise<Window[]> {
  const databaseUrl = await makeDatabase(postgres, 'bench');
  await populate(databaseUrl, POPULATION);
  await vacuum(databaseUrl);
  const { jwtSecret } = surroundings;
  const accounts = await accountsOf(databaseUrl, POPULATION, POPULATION.users, jwtSecret);

  const programs: Program[] = [];
  try {
    programs.push(await startSelf({ ...surroundings, databaseUrl }));
    for (const peer of settings.peers) {
      const program = await startPeer(peer, { ...surroundings, databaseUrl }, say);
      if (program) programs.push(program);
    }
    await assertSameAnswers(programs, accounts);
    say(`Bodies are equal: ${programs.map(({ name }) => name).join(', ')}.`);
    for (const program of programs) {
      for (const workload of WORKLOADS) {
        await load(program, accounts, settings, workload, 0, settings.warmUpSeconds);
      }
    }
    return await rounds(programs, accounts, databaseUrl, settings, onWindow);
  } finally {
    for (const program of programs) await program.stop();
  }
}

async function rounds(
  programs: readonly Program[],
  accounts: readonly Account[],
  databaseUrl: string,
  settings: CompareSettings,
  onWindow: (window: Window) => void,
): Promise<Window[]> {
  const windows: Window[] = [];
  const add = (window: Window): void => {
    windows.push(window);
    onWindow(window);
  };
  for (let round = 1; round <= settings.rounds; round += 1) {
    await vacuum(databaseUrl);
    await checkpoint(databaseUrl);
    for (const workload of WORKLOADS) {
      for (const program of rotated(programs, round)) {
        add(await measure(program, accounts, settings, workload, round, undefined));
      }
    }
    if (round > settings.openRounds) continue;
    for (const rate of settings.rates) {
      for (const program of rotated(programs, round)) {
        add(await measure(program, accounts, settings, 'mix', round, rate));
      }
    }
  }
  return windows;
}

/** Another server begins in each round, so that none always follows the same one. */
function rotated<T>(values: readonly T[], by: number): T[] {
  const start = (by - 1) % values.length;
  return [...values.slice(start), ...values.slice(0, start)];
}

async function measure(
  program: Program,
  accounts: readonly Account[],
  settings: CompareSettings,
  workload: Workload,
  round: number,
  rate: number | undefined,
): Promise<Window> {
  const { seconds, openSeconds } = settings;
  const duration = rate === undefined ? seconds : openSeconds;
  const before = await usageOf(program.pid);
  const ownBefore = process.cpuUsage();
  const start = performance.now();
  const result = await load(program, accounts, settings, workload, round, duration, rate);
  const own = process.cpuUsage(ownBefore);
  const after = await usageOf(program.pid);
  const elapsed = (performance.now() - start) * 1_000;
  await program.truncateLog();
  const cpu = after.cpuMicroseconds - before.cpuMicroseconds;
  return {
    server: program.name,
    workload,
    round,
    rate,
    ...result,
    cpuMicroseconds: cpu / (result.answered + result.refused),
    busy: cpu / elapsed,
    loadBusy: (own.user + own.system) / elapsed,
    residentBytes: after.residentBytes,
  };
}

function load(
  { port }: Program,
  accounts: readonly Account[],
  { connections }: CompareSettings,
  workload: Workload,
  round: number,
  seconds: number,
  rate?: number,
): Promise<LoadResult> {
  const options = { port, connections, seconds, next: callsOf(workload, accounts, round) };
  return rate === undefined ? closedLoop(options) : openLoop(options, rate);
}
