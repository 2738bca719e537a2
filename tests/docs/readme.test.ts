import { isDeepStrictEqual } from 'node:util';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseConfig } from '../../src/config.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { TEST_JWT_SECRET } from '../support/tokens.ts';
import { anchors, read, root, shortened, tableRows, tourSteps } from './markdown.ts';

const readme = read('README.md');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

describe("README's tour", () => {
  const steps = tourSteps(readme);
  let server: TestServer;
  let outputs: string[];

  beforeAll(async () => {
    server = await startTestServer();
    outputs = await run(steps.map(({ commands }) => commands));
  }, 60_000);
  afterAll(() => server.close());

  /** Runs all commands in one shell, in which any failure ends the test, and gives the output of each. */
  async function run(commands: string[]): Promise<string[]> {
    const end = '=== end of step ===';
    const { stdout } = await promisify(execFile)(
      'sh',
      ['-euc', commands.map((command) => `${command}\nprintf '\\n${end}\\n'\n`).join('')],
      {
        cwd: fileURLToPath(root),
        env: { ...process.env, API: server.url, JWT_SECRET: TEST_JWT_SECRET },
      },
    );
    return stdout.replaceAll('\r', '').split(`\n${end}\n`);
  }

  test.each(steps.map(({ answer }, index) => ({ answer, index })))(
    'answers step $index as shown',
    ({ answer, index }) => {
      expect(outputs[index]?.trim()).toMatch(shortened(answer ?? ''));
    },
  );

  test('covers every operation on tasks and accounts, and every kind of answer', () => {
    const answers = steps.map(({ answer }) => answer).join('');
    for (const status of [
      '201',
      '304',
      '400',
      '401',
      '403',
      '404',
      '412',
      '204',
      'rel="next"',
      'Replayed',
    ]) {
      expect(answers).toContain(status);
    }
    const commands = steps.map((step) => step.commands).join('');
    for (const part of [
      '-X PATCH "$TASK"',
      '/complete"',
      '-X PUT',
      '-X DELETE "$TASK"',
      'cursor',
    ]) {
      expect(commands + answers).toContain(part);
    }
    for (const part of ['If-Match', 'Idempotency-Key', '/export"', '-X DELETE "$API/api/ada"']) {
      expect(commands).toContain(part);
    }
  });
});

describe("README's configuration table", () => {
  const rows = tableRows(readme, 'configuration');
  const withSecret = { DATABASE_URL: 'postgres://localhost/todo', JWT_SECRET: 'x'.repeat(32) };
  const withKeys = {
    DATABASE_URL: 'postgres://localhost/todo',
    JWKS_URL: 'https://issuer.test/jwks',
    JWT_ISSUER: 'issuer',
    JWT_AUDIENCE: 'audience',
  };

  test('has exactly the variables that src/config.ts reads', () => {
    const known = [...read('src/config.ts').matchAll(/^ {2}([A-Z][A-Z_]+): /gm)];
    expect(rows.map(([name]) => name).sort()).toEqual(known.map(([, name]) => name).sort());
  });

  test.each(rows)('is right about %s, whose default is %s', (name = '', fallback = '') => {
    if (fallback === 'required') {
      expect(() => parseConfig({})).toThrow(`${name} is required`);
    } else if (fallback === 'none') {
      const key = camelCase(name);
      const configs = [parseConfig(withSecret), parseConfig(withKeys)].map(
        (config) => new Map<string, unknown>(Object.entries(config)),
      );
      const isNone = (value: unknown) => value === undefined || isDeepStrictEqual(value, []);
      expect(configs.some((config) => config.has(key) && isNone(config.get(key)))).toBe(true);
    } else {
      expect(parseConfig({ ...withSecret, [name]: fallback })).toEqual(parseConfig(withSecret));
    }
  });
});

test("README's table of scripts has exactly the scripts of package.json", () => {
  const named = tableRows(readme, 'scripts').map(
    ([command]) => /^npm (?:run (?:--silent )?)?([\w:-]+)/.exec(command ?? '')?.[1],
  );
  expect(named.sort()).toEqual(Object.keys(scripts).sort());
});

describe.each([
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(new URL('docs/decisions', root)).map((name) => `docs/decisions/${name}`),
])('%s', (page) => {
  const text = read(page);

  test('links to what exists', () => {
    for (const [, link = ''] of text.matchAll(/\]\((?!https?:)([^)]*)\)/g)) {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? new URL(page, root) : new URL(path, new URL(page, root));
      expect({ link, exists: existsSync(target) }).toEqual({ link, exists: true });
      if (anchor !== undefined) {
        expect(anchors(read(fileURLToPath(target)))).toContain(anchor);
      }
    }
  });

  test('names files that exist', () => {
    const files = text.match(
      /(?<![\w/.])(?:src|scripts|openapi|generated|tests|docs|\.ci)\/[\w./-]*\w/g,
    );
    // The files of the endpoint that CONTRIBUTING makes up to explain how one is added.
    const named = (files ?? []).filter(
      (file) => !/recent-completions|RecentCompletions/.test(file),
    );
    expect(named.filter((file) => !existsSync(new URL(file, root)))).toEqual([]);
  });

  test('names npm scripts that exist', () => {
    const named = [...text.matchAll(/\bnpm run (?:--silent )?([\w:-]+)/g)].map(([, name]) => name);
    expect(named.filter((name) => name === undefined || !(name in scripts))).toEqual([]);
  });
});

function camelCase(name: string): string {
  return name.toLowerCase().replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
