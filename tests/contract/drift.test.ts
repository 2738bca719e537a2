import { execFile } from 'node:child_process';
import { access, cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NEEDED = [
  'src',
  'scripts',
  'tests',
  'generated',
  'openapi',
  'docs',
  'package.json',
  'tsconfig.json',
  'redocly.yaml',
];
const TIMEOUT = 180_000;

let copy: string;
beforeEach(async () => {
  copy = await mkdtemp(join(tmpdir(), 'todo-drift-'));
  await Promise.all(
    NEEDED.map((name) => cp(join(ROOT, name), join(copy, name), { recursive: true })),
  );
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
});
afterEach(() => rm(copy, { recursive: true }));

interface Outcome {
  readonly exitCode: number;
  readonly output: string;
}

/** Runs a program of Node in the copy. */
function run(...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: copy }, (error, stdout, stderr) => {
      const exitCode = typeof error?.code === 'number' ? error.code : error ? -1 : 0;
      resolve({ exitCode, output: stdout + stderr });
    });
  });
}

const typecheck = () => run('node_modules/typescript/bin/tsc', '--noEmit', '--pretty', 'false');
const generate = (...flags: string[]) => run('scripts/generate.ts', ...flags);

/** Changes a file of the copy; the text to be replaced must be there. */
async function edit(file: string, from: string | RegExp, to: string): Promise<void> {
  const text = await readFile(join(copy, file), 'utf8');
  const changed = text.replace(from, to);
  if (changed === text) throw new Error(`${file} does not contain ${from}`);
  await writeFile(join(copy, file), changed);
}

/** Calls the description `notes` in one schema of what clients send. */
async function renameDescription(schema: string): Promise<void> {
  const file = `openapi/components/schemas/${schema}.yaml`;
  await edit(file, /\bdescription:\n(?= +\$ref)/, 'notes:\n');
  if (schema === 'ReplaceTask') {
    await edit(file, /required: .*/, 'required: [title, notes, completed]');
  }
}

/** The files of `src/` in which the compiler found something. */
function places(output: string): string[] {
  return [...new Set([...output.matchAll(/^(src\/[^(]+)\(/gm)].map((match) => match[1]!))].sort();
}

describe('what holds contract and code together', () => {
  test(
    'is content with the tree as it is',
    async () => {
      expect(await typecheck()).toMatchObject({ exitCode: 0, output: '' });
      expect(await generate('--check')).toMatchObject({ exitCode: 0 });
    },
    TIMEOUT,
  );

  test(
    'does not compile without the line of a handler',
    async () => {
      await edit('src/operations.ts', '  getTask,\n', '');
      const { exitCode, output } = await typecheck();
      expect(exitCode).not.toBe(0);
      expect(places(output)).toContain('src/operations.ts');
      expect(output).toContain("'getTask' is missing");
    },
    TIMEOUT,
  );

  test(
    'does not compile when a handler answers a status that is not documented',
    async () => {
      await edit('src/tasks/delete-task.ts', 'status: 204', 'status: 202');
      const { exitCode, output } = await typecheck();
      expect(exitCode).not.toBe(0);
      expect(places(output)).toStrictEqual(['src/tasks/delete-task.ts']);
      expect(output).toContain('202');
    },
    TIMEOUT,
  );

  test(
    'leads to every place that must follow when a property is renamed',
    async () => {
      await edit('openapi/components/schemas/Task.yaml', /\btitle\b/g, 'name');
      expect(await generate('--check')).toMatchObject({ exitCode: 1 });
      expect(await generate()).toMatchObject({ exitCode: 0 });
      const { exitCode, output } = await typecheck();
      expect(exitCode).not.toBe(0);
      expect(output).toContain("'title'");
      expect(places(output)).toStrictEqual(['src/db/task-columns.ts', 'src/tasks/queries.ts']);
    },
    TIMEOUT,
  );

  test(
    'leads to the statements when a property that clients send is renamed',
    async () => {
      for (const schema of ['CreateTask', 'ReplaceTask', 'UpdateTask'])
        await renameDescription(schema);
      expect(await generate()).toMatchObject({ exitCode: 0 });
      const { output } = await typecheck();
      expect(places(output)).toStrictEqual(['src/tasks/queries.ts', 'src/tasks/writes.ts']);
    },
    TIMEOUT,
  );

  test(
    'leads to the handler when only one operation calls a property by another name',
    async () => {
      await renameDescription('ReplaceTask');
      expect(await generate()).toMatchObject({ exitCode: 0 });
      const { output } = await typecheck();
      expect(places(output)).toStrictEqual(['src/tasks/replace-task.ts']);
    },
    TIMEOUT,
  );

  test(
    'leads to the handler when the only property of its body is renamed',
    async () => {
      await edit('openapi/components/schemas/SetTaskCompletion.yaml', /\bcompleted\b/g, 'done');
      expect(await generate()).toMatchObject({ exitCode: 0 });
      const { output } = await typecheck();
      expect(places(output)).toStrictEqual(['src/tasks/set-task-completion.ts']);
    },
    TIMEOUT,
  );

  test(
    'leads to the list of handlers when an operation is renamed',
    async () => {
      await edit('openapi/paths/livez.yaml', 'operationId: getLiveness', 'operationId: getPulse');
      expect(await generate()).toMatchObject({ exitCode: 0 });
      const { output } = await typecheck();
      expect(places(output)).toContain('src/operations.ts');
      expect(output).toContain('getPulse');
    },
    TIMEOUT,
  );

  test.each([
    'generated/openapi.json',
    'generated/openapi.d.ts',
    'generated/operations.ts',
    'docs/errors.md',
  ])(
    'names %s when it is stale, and leaves it alone',
    async (name) => {
      const file = join(copy, name);
      const stale = `${await readFile(file, 'utf8')}\n`;
      await writeFile(file, stale);
      const { exitCode, output } = await generate('--check');
      expect(exitCode).toBe(1);
      expect(output).toBe(`${name} is stale: run npm run generate\n`);
      expect(await readFile(file, 'utf8')).toBe(stale);
    },
    TIMEOUT,
  );

  test(
    'names what nobody generates, and removes it when it generates',
    async () => {
      const orphans = ['generated/docs/problems/forgotten.html', 'generated/old.json'];
      for (const name of orphans) await writeFile(join(copy, name), 'old\n');
      expect(await generate('--check')).toStrictEqual({
        exitCode: 1,
        output: orphans
          .map((name) => `${name} is generated by nobody: run npm run generate\n`)
          .join(''),
      });
      for (const name of orphans) await access(join(copy, name));
      expect(await generate()).toStrictEqual({
        exitCode: 0,
        output: `removed ${orphans.join(', ')}\n`,
      });
      expect(await generate('--check')).toStrictEqual({ exitCode: 0, output: '' });
    },
    TIMEOUT,
  );
});
