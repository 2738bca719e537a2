import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { findFreePort } from '../../scripts/local/port.ts';
import { createTestDatabase } from '../support/database.ts';
import { startGate } from '../support/gate.ts';
import {
  answers,
  end,
  isDatabaseRunning,
  makeTemporaryDirectory,
  nodeStart,
  npmStart,
  pressCtrlC,
  run,
  signalGroup,
  untilRunning,
  type Program,
  type Stack,
  type TemporaryDirectory,
} from '../support/stack.ts';

jest.setTimeout(30_000);

describe('npm start', () => {
  let directory: TemporaryDirectory;
  let data: string;
  let programs: Program[];

  /** Remembers a program, so that none outlives its test. */
  function keep(program: Program): Program {
    programs.push(program);
    return program;
  }

  beforeEach(async () => {
    directory = await makeTemporaryDirectory();
    data = join(directory.path, 'data');
    programs = [];
  });

  afterEach(async () => {
    for (const program of programs) await end(program);
    await directory.remove();
  });

  test('prints commands that work, stops on Ctrl-C with nothing left, and keeps the data', async () => {
    const first = await untilRunning(keep(npmStart(data)));
    const [create, list] = commandsOf(first);
    await expect(runShell(create)).resolves.toMatchObject({ title: 'Buy milk', user_id: 'alice' });
    await expect(runShell(list)).resolves.toMatchObject({ items: [{ title: 'Buy milk' }] });

    const pressed = Date.now();
    pressCtrlC(first);
    await expect(first.ended).resolves.toBe(0);
    expect(Date.now() - pressed).toBeLessThan(5_000);
    expect(first.stderr()).toBe('');
    await expectNothingLeft(first);

    const second = await untilRunning(keep(npmStart(data)));
    await expect(runShell(commandsOf(second)[1])).resolves.toMatchObject({
      items: [{ title: 'Buy milk' }],
    });
    // The signing secret is kept as well.
    await expect(titles(second, tokenOf(first))).resolves.toEqual(['Buy milk']);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'stops with nothing left when %s reaches the script alone',
    async (signal) => {
      const stack = await untilRunning(keep(nodeStart(data)));
      stack.child.kill(signal);
      await expect(stack.ended).resolves.toBe(0);
      await expectNothingLeft(stack);
    },
  );

  test('loses no task when the script is killed, and starts again on the same port', async () => {
    const PORT = String(await findFreePort());
    const killed = await untilRunning(keep(nodeStart(data, { PORT })));
    await runShell(commandsOf(killed)[0]);
    killed.child.kill('SIGKILL');
    await expect(killed.ended).resolves.toBe('SIGKILL');

    const next = await untilRunning(keep(nodeStart(data, { PORT })));
    await expect(titles(next)).resolves.toEqual(['Buy milk']);
    pressCtrlC(next);
    await expect(next.ended).resolves.toBe(0);
    await expectNothingLeft(next);
  });

  test('loses no task when npm and all its group are killed', async () => {
    const PORT = String(await findFreePort());
    const killed = await untilRunning(keep(npmStart(data, { PORT })));
    await runShell(commandsOf(killed)[0]);
    signalGroup(killed, 'SIGKILL');
    await killed.ended;

    const next = await untilRunning(keep(npmStart(data, { PORT })));
    await expect(titles(next)).resolves.toEqual(['Buy milk']);
  });

  test('stops by itself when npm alone is killed', async () => {
    const stack = await untilRunning(keep(npmStart(data)));
    stack.child.kill('SIGKILL');
    // Their output is open until the last of them has ended.
    await expect(stack.ended).resolves.toBe('SIGKILL');
    await expectNothingLeft(stack);
  });

  test('says which port is taken and what to do, before it makes anything', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const program = keep(npmStart(data, { PORT: String(port) }));
    await expect(program.ended).resolves.toBe(1);
    other.close();
    expect(program.stderr()).toContain(`Port ${port} on 127.0.0.1 is already in use`);
    expect(program.stderr()).toContain(`PORT=${port + 1} npm start`);
    await expect(access(data)).rejects.toThrow('ENOENT');
  });

  test('leaves a stack alone that runs on the same data', async () => {
    const first = await untilRunning(keep(npmStart(data)));
    const second = keep(npmStart(data));
    await expect(second.ended).resolves.toBe(1);
    expect(second.stderr()).toMatch(/is already in use: process \d+ runs on it/);
    await expect(answers(first.url)).resolves.toBe(true);
    await expect(titles(first)).resolves.toEqual([]);
  });

  test('ends with the exit code of a server that does not start, and nothing left', async () => {
    const program = keep(npmStart(data, { LOG_LEVEL: 'shouting' }));
    await expect(program.ended).resolves.toBe(1);
    expect(program.stderr()).toContain('LOG_LEVEL');
    await expect(isDatabaseRunning(data)).resolves.toBe(false);
  });

  test.each(['DATABASE_URL', 'DATABASE_URL_DIRECT'])(
    'uses DATABASE_URL where that is set, and makes and migrates the database by %s',
    async (by) => {
      const database = await createTestDatabase();
      // Only its name is wanted.
      await database.drop();
      const gate = await startGate(database.url);
      gate.open();
      const env = {
        DATABASE_URL: gate.url,
        DATABASE_URL_DIRECT: by === 'DATABASE_URL' ? '' : database.url,
      };
      try {
        const stack = await untilRunning(keep(npmStart(data, env)));
        await expect(titles(stack)).resolves.toEqual([]);
        expect(gate.sent('select_tasks')).toBeGreaterThan(0);
        expect(gate.sent('schema_migrations') > 0).toBe(by === 'DATABASE_URL');
        await expect(access(join(data, 'postgres'))).rejects.toThrow('ENOENT');
        pressCtrlC(stack);
        await expect(stack.ended).resolves.toBe(0);
      } finally {
        await gate.close();
        await database.drop();
      }
    },
  );

  async function expectNothingLeft(stack: Stack): Promise<void> {
    await expect(answers(stack.url)).resolves.toBe(false);
    await expect(isDatabaseRunning(data)).resolves.toBe(false);
  }
});

/** The commands that it has printed for pasting: how to create a task, how to list. */
function commandsOf(stack: Stack): [string, string] {
  const [create, list] = stack.stdout().match(/^curl .*$/gm) ?? [];
  if (create === undefined || list === undefined) throw new Error('It printed no commands.');
  return [create, list];
}

function tokenOf(stack: Stack): string {
  return /Bearer ([\w.-]+)/.exec(stack.stdout())?.[1] ?? '';
}

async function runShell(command: string): Promise<unknown> {
  const shell = run('sh', ['-c', command]);
  await expect(shell.ended).resolves.toBe(0);
  return JSON.parse(shell.stdout()) as unknown;
}

async function titles(stack: Stack, token = tokenOf(stack)): Promise<string[]> {
  const response = await fetch(`${stack.url}/api/alice/tasks`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(response.status).toBe(200);
  const { items } = (await response.json()) as { items: { title: string }[] };
  return items.map(({ title }) => title);
}
