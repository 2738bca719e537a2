import type { RunningPostgres } from '../local/postgres.ts';
import { callsOf, randomFrom, shuffled, WORKLOADS, type Account, type Workload } from './calls.ts';
import { accountsOf, checkpoint, makeDatabase, populate, vacuum } from './database.ts';
import { assertSameAnswers } from './equality.ts';
import { closedLoop, openLoop, type LoadResult } from './load.ts';
import type { Program } from './program.ts';
import type { CompareSettings } from './settings.ts';
import { startPeer, startSelf, type Surroundings } from './targets.ts';
import { familyCpu, usageOf } from './usage.ts';

/** One server under one workload for some seconds. */
export interface Window extends LoadResult {
  readonly server: string;
  readonly workload: Workload;
  readonly round: number;
  /** Requests a second: those that were sent at, or `undefined` when as many were sent as were answered. */
  readonly rate: number | undefined;
  /** Processor time of the server, in microseconds for each answer. */
  readonly cpuMicroseconds: number;
  /** The same of all processes of the database, which works for nobody else meanwhile. */
  readonly databaseCpuMicroseconds: number;
  /** The part of the time in which the server's process was on a processor; 1 is one whole processor. */
  readonly busy: number;
  /** The same for this process, which makes the load. */
  readonly loadBusy: number;
  /** Of the server, in bytes, at the end. */
  readonly residentBytes: number;
}

/** The users of the comparison: fewer than the tokens that a server may remember. */
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
    return await rounds(programs, accounts, { ...postgres, url: databaseUrl }, settings, onWindow);
  } finally {
    for (const program of programs) await program.stop();
  }
}

async function rounds(
  programs: readonly Program[],
  accounts: readonly Account[],
  postgres: Pick<RunningPostgres, 'url' | 'pid'>,
  settings: CompareSettings,
  onWindow: (window: Window) => void,
): Promise<Window[]> {
  // Another order each time, so that nobody always follows the same one; the same orders in every run.
  const random = randomFrom(settings.rounds);
  const windows: Window[] = [];
  const turns = async (workload: Workload, round: number, rate?: number): Promise<void> => {
    const measured = new Map<Program, Window>();
    for (const program of shuffled(programs, random)) {
      const window = await measure(
        program,
        postgres.pid,
        accounts,
        settings,
        workload,
        round,
        rate,
      );
      measured.set(program, window);
      onWindow(window);
    }
    // Kept in one order, for tables that can be read.
    windows.push(...programs.flatMap((program) => measured.get(program) ?? []));
  };
  for (let round = 1; round <= settings.rounds; round += 1) {
    await vacuum(postgres.url);
    await checkpoint(postgres.url);
    for (const workload of WORKLOADS) await turns(workload, round);
    if (round > settings.openRounds) continue;
    for (const { workload, rate } of settings.openLoads) await turns(workload, round, rate);
  }
  return windows;
}

async function measure(
  program: Program,
  databasePid: number,
  accounts: readonly Account[],
  settings: CompareSettings,
  workload: Workload,
  round: number,
  rate?: number,
): Promise<Window> {
  const { seconds, openSeconds } = settings;
  const duration = rate === undefined ? seconds : openSeconds;
  const before = await usageOf(program.pid);
  const databaseBefore = await familyCpu(databasePid);
  const ownBefore = process.cpuUsage();
  const start = performance.now();
  const result = await load(program, accounts, settings, workload, round, duration, rate);
  const own = process.cpuUsage(ownBefore);
  const after = await usageOf(program.pid);
  const elapsed = (performance.now() - start) * 1_000;
  const databaseCpu = (await familyCpu(databasePid)) - databaseBefore;
  await program.truncateLog();
  const cpu = after.cpuMicroseconds - before.cpuMicroseconds;
  const requests = result.answered + result.refused;
  return {
    server: program.name,
    workload,
    round,
    rate,
    ...result,
    cpuMicroseconds: cpu / requests,
    databaseCpuMicroseconds: databaseCpu / requests,
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
