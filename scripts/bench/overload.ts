import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningPostgres } from '../local/postgres.ts';
import { callsOf, type Account } from './calls.ts';
import { accountsOf, makeDatabase, populate, vacuum } from './database.ts';
import { closedLoop, openLoop, type LoadResult } from './load.ts';
import type { Program } from './program.ts';
import { milliseconds, paragraphs, spread, table } from './report.ts';
import type { OverloadSettings } from './settings.ts';
import { spreadOf } from './statistics.ts';
import { startSelf, type Surroundings } from './targets.ts';
import { usageOf } from './usage.ts';
import { verdicts } from './verdict.ts';

/** How much of what it can carry the server has to do when all is well, and when it is overloaded. */
const NORMAL = 0.7;
const TOO_MUCH = 3;

/** What is wanted then, to the peak, and to when all is well. */
const LEAST_GOODPUT = 0.8;
const MOST_P99 = 3;

const POPULATION = { prefix: 'user-', users: 500, tasksEach: 40 };

/** One load, and what it took. */
interface Phase extends LoadResult {
  /** Answers as expected, a second. */
  readonly goodput: number;
  /** The part of the time in which the server was on its processor, and this process on another. */
  readonly busy: number;
  readonly loadBusy: number;
  /** How long `/livez` took, in milliseconds, at most. */
  readonly slowestLiveness: number;
}

/** One round: as much as goes, less than that, far too much, and less again. */
export interface OverloadRound {
  readonly peak: Phase;
  readonly normal: Phase;
  readonly overloaded: Phase;
  readonly after: Phase;
}

/**
 * Measures what becomes of the server when it is asked three times what it can carry: how much it still does, and how long
 * that takes against the time when all is well.
 *
 * @throws Error when `/livez` is ever anything but 200
 */
export async function overload(
  postgres: RunningPostgres,
  surroundings: Omit<Surroundings, 'databaseUrl'>,
  settings: OverloadSettings,
  say: (line: string) => void,
): Promise<OverloadRound[]> {
  const databaseUrl = await makeDatabase(postgres, 'overload');
  await populate(databaseUrl, POPULATION);
  await vacuum(databaseUrl);
  const { jwtSecret } = surroundings;
  const accounts = await accountsOf(databaseUrl, POPULATION, POPULATION.users, jwtSecret);
  const program = await startSelf({ ...surroundings, databaseUrl });
  const rounds: OverloadRound[] = [];
  try {
    await phase(program, accounts, settings, 0, settings.warmUpSeconds);
    for (let round = 1; round <= settings.rounds; round += 1) {
      const run = async (rate?: number) => {
        // What was refused before is forgotten by then.
        await sleep(settings.pauseSeconds * 1_000);
        return phase(program, accounts, settings, round, settings.seconds, rate);
      };
      const peak = await run();
      const normal = await run(NORMAL * peak.goodput);
      const overloaded = await run(TOO_MUCH * peak.goodput);
      const after = await run(NORMAL * peak.goodput);
      rounds.push({ peak, normal, overloaded, after });
      say(
        `round ${round}  peak ${peak.goodput.toFixed(0)}/s, at three times that ${overloaded.goodput.toFixed(0)}/s; p99 ${normal.latency.p99.toFixed(1)} and ${overloaded.latency.p99.toFixed(1)} ms`,
      );
      await vacuum(databaseUrl);
    }
  } finally {
    await program.stop();
  }
  return rounds;
}

async function phase(
  program: Program,
  accounts: readonly Account[],
  { connections, openConnections }: OverloadSettings,
  seed: number,
  seconds: number,
  rate?: number,
): Promise<Phase> {
  const next = callsOf('mix', accounts, seed);
  const common = { port: program.port, seconds, next };
  const before = await usageOf(program.pid);
  const ownBefore = process.cpuUsage();
  const start = performance.now();
  const liveness = watchLiveness(program.port);
  const [result, slowestLiveness] = await Promise.all([
    (rate === undefined
      ? closedLoop({ ...common, connections })
      : openLoop({ ...common, connections: openConnections }, rate)
    ).finally(liveness.stop),
    liveness.slowest,
  ]);
  const own = process.cpuUsage(ownBefore);
  const after = await usageOf(program.pid);
  const elapsed = (performance.now() - start) * 1_000;
  await program.truncateLog();
  return {
    ...result,
    goodput: result.answered / result.seconds,
    busy: (after.cpuMicroseconds - before.cpuMicroseconds) / elapsed,
    loadBusy: (own.user + own.system) / elapsed,
    slowestLiveness,
  };
}

/** Asks for `/livez` ten times a second, as who restarts dead processes does, until it is stopped. */
function watchLiveness(port: number) {
  let isStopped = false;
  const watch = async (): Promise<number> => {
    let slowest = 0;
    while (!isStopped) {
      const start = performance.now();
      const { status } = await fetch(`http://127.0.0.1:${port}/livez`);
      if (status !== 200) throw new Error(`/livez was answered ${status}.`);
      slowest = Math.max(slowest, performance.now() - start);
      await sleep(100);
    }
    return slowest;
  };
  return { slowest: watch(), stop: () => void (isStopped = true) };
}

/** The report: each phase, and the ratios that matter, as medians over the rounds. */
export function overloadReport(rounds: readonly OverloadRound[]): string {
  const phases: readonly (readonly [string, (round: OverloadRound) => Phase])[] = [
    ['as much as goes', ({ peak }) => peak],
    ['0.7 of that', ({ normal }) => normal],
    ['3 times that', ({ overloaded }) => overloaded],
    ['0.7 of it again', ({ after }) => after],
  ];
  const rows = phases.map(([name, of]) => {
    const median = (value: (phase: Phase) => number) =>
      spreadOf(rounds.map((round) => value(of(round)))).median;
    const refused = median(({ refused: count, seconds }) => count / seconds);
    return [
      name,
      median(({ goodput }) => goodput).toFixed(0),
      refused.toFixed(0),
      ...[
        median(({ latency }) => latency.p50),
        median(({ latency }) => latency.p99),
        median(({ refusalLatency }) => refusalLatency.p50),
        median(({ refusalLatency }) => refusalLatency.p99),
        median(({ slowestLiveness }) => slowestLiveness),
      ].map(milliseconds),
      `${(median(({ busy }) => busy) * 100).toFixed(0)} %`,
      `${(median(({ loadBusy }) => loadBusy) * 100).toFixed(0)} %`,
    ];
  });
  const ratio = (value: (round: OverloadRound) => number) => spreadOf(rounds.map(value));
  const goodput = ratio(({ peak, overloaded }) => overloaded.goodput / peak.goodput);
  const p99 = ratio(({ normal, overloaded }) => overloaded.latency.p99 / normal.latency.p99);
  const p99After = ratio(({ normal, after }) => after.latency.p99 / normal.latency.p99);
  const head = [
    'load',
    'goodput/s',
    'refused/s',
    'p50 ms',
    'p99 ms',
    'refusal p50',
    'refusal p99',
    'slowest /livez',
    'busy',
    'load busy',
  ];
  const sections = [
    'The mix, medians of the rounds; open loop except the first, waiting time from when a request was due.',
    table(head, rows),
    'With three times what it can carry: median (least – most) over the rounds.',
    table(
      ['what', 'ratio'],
      [
        ['goodput, to the most that goes', spread(goodput)],
        ['p99 of what is accepted, to that at 0.7 of the most', spread(p99)],
        ['p99 afterwards, to that before', spread(p99After)],
      ],
    ),
    verdicts([
      { what: 'goodput', atLeast: LEAST_GOODPUT, figures: [['the median', goodput.median]] },
      { what: 'p99 of what is accepted', atMost: MOST_P99, figures: [['the median', p99.median]] },
    ]),
  ];
  return paragraphs(sections);
}
