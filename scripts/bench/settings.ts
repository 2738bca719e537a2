import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import type { Workload } from './calls.ts';
import { PEERS, USUAL_PEERS, type Peer } from './targets.ts';

export const HELP = `Usage: npm run bench [-- OPTIONS]

Measures this server, in its production configuration, against servers that do the same work in other ways, on one
database and in turns. Takes some 30 minutes. The table goes to standard output; table.md, bench.json and
bench.svg are left in .artifacts/bench/.

  --quick           about two minutes: shorter turns, and so a wider spread; only the mix at fixed rates
  --peers LIST      of limit, limit-caching, fastify, fastify-caching, fastapi and parts, separated by commas; default
                    all but parts, which are the libraries of this server by themselves. limit and fastify verify
                    the token of each request, and the caching ones remember it, as this server does. fastapi needs
                    Python 3.11 or later with venv
  --rounds N        how many turns each server has at each workload; default 5
  --seconds N       how long a turn lasts; default 4
  --connections N   how many connections the load has; default 32
  --pool N          how many connections to the database a server may open; default 10

  --scale           measures instead how the cost grows: with tasks, with tasks of one user, with operations
  --max N           with --scale: the largest number of tasks; default 5000000, which takes some 4 GB of disk
  --operations LIST with --scale: how many operations the contract is to document; default 100,400.
                    Starting with 400 takes a minute

  --overload        measures instead what three times the load that the server can carry does to it. With --pool 1
                    --connections 8 its database is what it lacks, else the processor

  --out DIR         where everything is kept, the database included; default .artifacts/bench
  --help            show this
`;

const MIX_LOADS = [100, 250, 500].map((rate) => ({ workload: 'mix' as const, rate }));
const OPERATION_LOADS = (['get', 'list', 'complete', 'create'] as const).map((workload) => ({
  workload,
  rate: 500,
}));

/** What is compared, and for how long. */
export interface CompareSettings {
  readonly peers: readonly Peer[];
  readonly rounds: number;
  readonly connections: number;
  /** Of a turn in a closed loop. */
  readonly seconds: number;
  /** Of each workload on each server, before anything is measured. */
  readonly warmUpSeconds: number;
  /** What the open loop sends, at how many requests a second, and how long and in how many rounds it runs. */
  readonly openLoads: readonly { readonly workload: Workload; readonly rate: number }[];
  readonly openSeconds: number;
  readonly openRounds: number;
}

/** How far the growth is measured. */
export interface ScaleSettings {
  readonly maxTasks: number;
  /** Numbers of operations, beside that of the contract itself. */
  readonly operations: readonly number[];
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly connections: number;
}

/** How the overload is measured. */
export interface OverloadSettings {
  readonly rounds: number;
  /** Of the closed loop that finds the peak. */
  readonly connections: number;
  /** Of the open loops: enough for all requests that are under way at once. */
  readonly openConnections: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** Between two loads. */
  readonly pauseSeconds: number;
}

/** What the command line asks for. */
export interface Settings {
  readonly help: boolean;
  readonly scale: boolean;
  readonly overload: boolean;
  readonly out: string;
  /** The most connections to the database that a server may open. */
  readonly poolMax: number;
  readonly compare: CompareSettings;
  readonly growth: ScaleSettings;
  readonly shedding: OverloadSettings;
}

/**
 * Reads the command line.
 *
 * @throws Error that names what is wrong
 */
export function parseSettings(args: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      peers: { type: 'string', default: USUAL_PEERS.join(',') },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string' },
      connections: { type: 'string' },
      pool: { type: 'string', default: '10' },
      scale: { type: 'boolean', default: false },
      overload: { type: 'boolean', default: false },
      max: { type: 'string', default: '5000000' },
      operations: { type: 'string', default: '100,400' },
      out: {
        type: 'string',
        default: fileURLToPath(new URL('../../.artifacts/bench', import.meta.url)),
      },
      help: { type: 'boolean', default: false },
    },
  });
  const rounds = integer('rounds', values.rounds, 1, 1_000);
  const seconds = values.seconds === undefined ? undefined : duration(values.seconds);
  const openLoops = values.quick || seconds !== undefined ? 1 : rounds;
  return {
    help: values.help,
    scale: values.scale,
    overload: values.overload,
    out: join(values.out),
    poolMax: integer('pool', values.pool, 1, 1_000),
    compare: {
      peers: peers(values.peers),
      rounds,
      connections: integer('connections', values.connections ?? '32', 1, 1_000),
      seconds: seconds ?? (values.quick ? 0.5 : 4),
      warmUpSeconds: seconds ?? (values.quick ? 0.5 : 2),
      openLoads: values.quick ? MIX_LOADS : [...MIX_LOADS, ...OPERATION_LOADS],
      openSeconds: seconds ?? (values.quick ? 2 : 5),
      openRounds: openLoops,
    },
    growth: {
      maxTasks: integer('max', values.max, 1_000, 100_000_000),
      operations: values.operations
        .split(',')
        .map((count) => integer('operations', count, 20, 2_000)),
      rounds,
      seconds: seconds ?? (values.quick ? 0.7 : 3),
      warmUpSeconds: seconds ?? (values.quick ? 0.5 : 2),
      // So that an answer's time is that of the work, and not of waiting in line.
      connections: integer('connections', values.connections ?? '1', 1, 1_000),
    },
    shedding: {
      rounds,
      connections: integer('connections', values.connections ?? '32', 1, 1_000),
      openConnections: 1_000,
      seconds: seconds ?? (values.quick ? 3 : 10),
      warmUpSeconds: seconds ?? (values.quick ? 2 : 5),
      pauseSeconds: Math.min(6, seconds ?? 6),
    },
  };
}

function peers(list: string): Peer[] {
  const names = list.split(',').filter((name) => name !== '');
  const unknown = names.find((name) => !PEERS.some((peer) => peer === name));
  if (unknown !== undefined) {
    throw new Error(`--peers takes ${PEERS.join(', ')}; not ${unknown}.`);
  }
  return PEERS.filter((peer) => names.includes(peer));
}

function integer(name: string, text: string, min: number, max: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw new Error(`--${name} takes a whole number from ${min} to ${max}.`);
}

function duration(text: string): number {
  const value = /^\d{1,4}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (value > 0) return value;
  throw new Error('--seconds takes a number of seconds above 0.');
}
