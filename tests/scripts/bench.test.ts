import { mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { commitOf } from '../../scripts/bench/commit.ts';
import { readPostmaster } from '../../scripts/local/postmaster.ts';
import {
  end,
  makeTemporaryDirectory,
  pressCtrlC,
  run,
  signalGroup,
  type Program,
  type TemporaryDirectory,
} from '../support/stack.ts';

jest.setTimeout(120_000);

describe('npm run bench', () => {
  let directory: TemporaryDirectory;
  let program: Program | undefined;

  beforeEach(async () => {
    directory = await makeTemporaryDirectory();
  });
  afterEach(async () => {
    if (program) await end(program);
    program = undefined;
    await directory.remove();
  });

  /** A run so short that its figures mean nothing. */
  function bench(args: readonly string[], env?: Readonly<Record<string, string>>): Program {
    const out = ['--out', directory.path];
    const short = ['--rounds', '1', '--seconds', '0.05', '--connections', '2'];
    return run(process.execPath, ['scripts/bench.ts', ...out, ...short, ...args], env);
  }

  const kept = (name: string) => readFile(join(directory.path, name), 'utf8');

  test('compares the server with peers that answer the same, and leaves a table, figures and a chart', async () => {
    program = bench(['--peers', 'limit,limit-caching,fastify,fastify-caching,parts']);
    expect({ code: await program.ended, stderr: program.stderr() }).toMatchObject({ code: 0 });
    expect(program.stderr()).toContain(
      'Bodies are equal: todo-api, limit, limit-caching, fastify, fastify-caching, parts.',
    );
    expect(await kept('table.md')).toBe(program.stdout());
    expect(await kept('bench.svg')).toMatch(/^<svg .*<\/svg>\n$/s);

    const { machine, figures, ratios, windows } = JSON.parse(await kept('bench.json'));
    expect(machine).toMatchObject({ node: process.version, postgres: expect.any(String) });
    // Nothing is expected where there is no git.
    expect(machine).toMatchObject({ ...(await commitOf('.')) });
    const peers = ['limit', 'limit-caching', 'fastify', 'fastify-caching', 'parts'];
    const servers = ['todo-api', ...peers];
    const closed = ['get', 'list', 'complete', 'create', 'mix'];
    const open = ['mix100', 'mix250', ...closed.map((name) => `${name}500`)];
    const workloads = [...closed, ...open].sort();
    const named = ({ workload, rate }: any) => `${workload}${rate ?? ''}`;
    for (const server of servers) {
      const own = figures.filter((row: any) => row.server === server);
      expect(own.map(named).sort()).toEqual(workloads);
      // In ticks of 10 ms, of which a turn as short as this may see none.
      const databaseCpu = own.map((row: any) => row.databaseCpuMicroseconds.median);
      expect(Math.max(...databaseCpu)).toBeGreaterThan(0);
      for (const { perSecond, p50, p95, p99, residentBytes } of own) {
        expect(perSecond.median).toBeGreaterThan(0);
        expect(p50).toBeGreaterThan(0);
        expect(p95).toBeGreaterThanOrEqual(p50);
        expect(p99).toBeGreaterThanOrEqual(p95);
        expect(residentBytes).toBeGreaterThan(2 ** 20);
      }
    }
    for (const peer of peers) {
      const ofPeer = ratios.filter((ratio: any) => ratio.peer === peer);
      expect(ofPeer.map(named).sort()).toEqual(workloads);
    }
    expect(windows).toHaveLength(servers.length * workloads.length);
    await expect(database()).resolves.toBeUndefined();
  });

  // What it takes to measure fastapi is in tests/bench/.
  test('goes on without fastapi where there is no Python, and says so', async () => {
    const programs = join(directory.path, 'bin');
    await mkdir(programs);
    // On macOS it tells what a server has used.
    await symlink('/bin/ps', join(programs, 'ps'));
    program = bench(['--peers', 'limit,fastapi'], { PATH: programs });
    expect({ code: await program.ended, stderr: program.stderr() }).toMatchObject({ code: 0 });
    expect(program.stderr()).toContain(
      'Without fastapi: it needs Python 3.11 or later with venv (spawn python3 ENOENT).\n',
    );
    expect(program.stderr()).toContain('Bodies are equal: todo-api, limit.');
  });

  test('measures the growth with the data and with the contract', async () => {
    program = bench(['--scale', '--max', '1000', '--operations', '20']);
    expect({ code: await program.ended, stderr: program.stderr() }).toMatchObject({ code: 0 });
    const { data, operations } = JSON.parse(await kept('scale.json'));
    const situations = [
      '1 000 tasks, a user with 10 tasks',
      '1 000 tasks, a user with 1 000 tasks',
    ];
    expect(data.map(({ operation, situation }: any) => [operation, situation])).toEqual(
      ['get', 'list', 'deep page', 'create'].flatMap((operation) =>
        situations.map((situation) => [operation, situation]),
      ),
    );
    expect(operations).toHaveLength(4);
    for (const { situation, p50Ratio } of [...data, ...operations]) {
      expect(p50Ratio.median).toBeGreaterThan(0);
      if (situation === situations[0]) expect(p50Ratio).toEqual({ median: 1, min: 1, max: 1 });
    }
    expect(program.stdout()).toBe(await kept('scale.md'));
  });

  test('measures an overload, and what is left after it', async () => {
    // Long enough, and with so few connections that some are refused.
    program = bench(['--overload', '--pool', '1', '--connections', '8', '--seconds', '0.3']);
    expect({ code: await program.ended, stderr: program.stderr() }).toMatchObject({ code: 0 });
    const { rounds } = JSON.parse(await kept('overload.json'));
    expect(rounds).toHaveLength(1);
    for (const phase of ['peak', 'normal', 'overloaded', 'after']) {
      expect(rounds[0][phase].goodput).toBeGreaterThan(0);
    }
    expect(rounds[0].overloaded.refused).toBeGreaterThan(0);
    expect(program.stdout()).toBe(await kept('overload.md'));
  });

  test('leaves no process behind when it is stopped', async () => {
    program = bench(['--peers', 'limit', '--rounds', '1000']);
    await saying(program, 'round 1 ');
    await expect(database()).resolves.toMatchObject({ alive: true });
    pressCtrlC(program);
    await expect(program.ended).resolves.toBe(1);
    expect(program.stderr()).toContain('Stopped before the end.');
    // All that it starts is in its group, except PostgreSQL.
    expect(() => signalGroup(program!, 'SIGCONT')).toThrow('ESRCH');
    await expect(database()).resolves.toBeUndefined();
  });

  test.each([
    [['--peers', 'limit,nothing'], '--peers'],
    [['--rounds', '0'], '--rounds'],
    [['--seconds', '-1'], '--seconds'],
    [['--max', '10'], '--max'],
    [['--operations', '20,many'], '--operations'],
    [['--unknown'], '--unknown'],
  ])('refuses %j and says what is wrong', async (args, mention) => {
    program = bench(args);
    await expect(program.ended).resolves.toBe(1);
    expect(program.stderr()).toContain(mention);
    expect(program.stdout()).toBe('');
  });

  function database() {
    return readPostmaster(join(directory.path, 'postgres', 'data'));
  }
});

async function saying(program: Program, text: string): Promise<void> {
  while (!program.stderr().includes(text)) {
    if (program.child.exitCode !== null) throw new Error(program.stderr());
    await sleep(20);
  }
}
