import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { read } from '../docs/markdown.ts';
import { contract } from '../support/contract.ts';
import { output } from './redocly.ts';

interface Finding {
  readonly code: string;
  /** The path of the document. */
  readonly source: string;
  readonly path: readonly string[];
}

const ruleset = read('.spectral.yaml');

/** Mistakes in the contract, each with the rule that must see it. */
const mistakes: readonly (readonly [string, string, (contract: any) => void])[] = [
  [
    'api4:2023-integer-limit',
    'a number without an end',
    (c) => {
      delete c.components.schemas.Revision.maximum;
    },
  ],
  [
    'api4:2023-string-limit',
    'a text without an end',
    (c) => {
      delete c.components.schemas.Title.maxLength;
    },
  ],
  [
    'api8:2023-no-server-http',
    'a server without TLS',
    (c) => {
      c.servers.push({
        url: 'http://api.example.com',
        description: 'Production',
        'x-internal': false,
      });
    },
  ],
  [
    'api2:2023-write-restricted',
    'a write without a token',
    (c) => {
      c.paths['/api/{user_id}/tasks'].post.security = [];
    },
  ],
  [
    'api2:2023-no-credentials-in-url',
    'a password in the address',
    (c) => {
      c.components.parameters.Sort.name = 'password';
    },
  ],
  [
    'api2:2023-jwt-best-practices',
    'tokens that are checked nobody knows how',
    (c) => {
      c.components.securitySchemes.bearerAuth.description = 'A token.';
    },
  ],
];

let directory: string;
let found: Finding[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'todo-api-owasp-'));
  for (const [index, [, , make]] of mistakes.entries()) {
    const copy = structuredClone(contract);
    make(copy);
    await writeFile(join(directory, `${index}.json`), JSON.stringify(copy));
  }
  found = await lint(mistakes.map((_mistake, index) => join(directory, `${index}.json`)));
}, 120_000);
afterAll(() => rm(directory, { recursive: true }));

async function lint(documents: string[], rules = '.spectral.yaml'): Promise<Finding[]> {
  const args = ['lint', ...documents, '-r', rules, '-f', 'json', '--quiet'];
  return JSON.parse(await output('spectral', args));
}

describe('the OWASP rules', () => {
  test('find nothing in the contract', async () => {
    expect(await lint(['generated/openapi.json'])).toStrictEqual([]);
  });

  test('are overridden only where they would find something', async () => {
    const published = join(directory, 'published.yaml');
    const preset = new URL(
      '../../node_modules/@stoplight/spectral-owasp-ruleset/dist/ruleset.mjs',
      import.meta.url,
    );
    await writeFile(published, JSON.stringify({ extends: [fileURLToPath(preset)] }));
    const findings = await lint(['generated/openapi.json'], published);

    const overridden = [...ruleset.matchAll(/^ +(owasp:[\w:-]+):/gm)].map(([, rule]) => rule);
    expect([...new Set(overridden)].sort()).toStrictEqual(
      [...new Set(findings.map(({ code }) => code))].sort(),
    );
    const excepted = [...ruleset.matchAll(/openapi\.json#(\S+?)'/g)].map(
      ([, pointer = '']) => pointer,
    );
    const pointers = findings.map(
      ({ path }) =>
        `/${path.map((key) => key.replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}`,
    );
    expect(excepted.length).toBeGreaterThan(0);
    expect(
      excepted.filter((part) => !pointers.some((pointer) => `${pointer}/`.startsWith(`${part}/`))),
    ).toStrictEqual([]);
  });

  test.each(mistakes.map(([rule, title], index) => ({ rule, title, index })))(
    'see $rule in $title',
    ({ rule, index }) => {
      const findings = found.filter(({ source }) => source.endsWith(`/${index}.json`));
      expect(findings.map(({ code }) => code)).toContain(`owasp:${rule}`);
    },
  );
});
