/**
 * Derives from the contract in openapi/ everything in generated/ (the bundle, the types, the table of operations, the pages
 * for API consumers), and docs/errors.md from the contract and the catalogue of problems.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import openapiTS, { astToString } from 'openapi-typescript';

import {
  bundle,
  operationsOf,
  resolve,
  type Contract,
  type Response,
} from './contract/document.ts';
import { docsFiles } from './contract/docs.ts';
import { errorsPage } from './contract/errors-page.ts';
import { operationsTable } from './contract/operations-table.ts';

const HELP = `Usage: npm run generate [-- --check]

Reads openapi/ and src/contract/problems.ts, and writes generated/openapi.json, generated/openapi.yaml,
generated/openapi.d.ts, generated/operations.ts, the pages in generated/docs/, and docs/errors.md.

  --check   write nothing; name each file that is stale and exit with 1
  --help    show this
`;

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

async function types(document: Contract): Promise<string> {
  const json = JSON.stringify(withOptionalHeaders(document));
  // defaultNonNullable would make properties with a default required in requests, where they are optional.
  const ast = await openapiTS(json, { defaultNonNullable: false, silent: true });
  return `// Generated from openapi/ by \`npm run generate\`. Do not edit.\n\n${astToString(ast)}`;
}

/** openapi-typescript takes every referenced header for a required one, so the optional ones are written out for it. */
function withOptionalHeaders(document: Contract): Contract {
  const copy = structuredClone(document);
  const shared = Object.values(copy.components.responses ?? {}) as Response[];
  const own = Object.values(copy.paths)
    .flatMap(operationsOf)
    .flatMap(([, operation]) => Object.values(operation.responses));
  for (const { headers = {} } of [...shared, ...own]) {
    for (const [name, header] of Object.entries(headers)) {
      const target = resolve(copy, header);
      if (target.required !== true) headers[name] = target;
    }
  }
  return copy;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      check: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }

  const document = await bundle(join(ROOT, 'openapi/openapi.yaml'));
  const docs = await docsFiles(document, join(ROOT, 'redocly.yaml'));
  const files = {
    'generated/openapi.json': `${JSON.stringify(document, null, 2)}\n`,
    'generated/openapi.d.ts': await types(document),
    'generated/operations.ts': operationsTable(document),
    'docs/errors.md': errorsPage(document),
    'generated/openapi.yaml': docs.yaml,
    ...Object.fromEntries(
      Object.entries(docs.pages).map(([name, content]) => [`generated/docs/${name}`, content]),
    ),
  };

  const stale: string[] = [];
  for (const [file, content] of Object.entries(files)) {
    const current = await readFile(join(ROOT, file), 'utf8').catch(() => undefined);
    if (current === content) continue;
    stale.push(file);
    if (values.check) continue;
    await mkdir(dirname(join(ROOT, file)), { recursive: true });
    await writeFile(join(ROOT, file), content);
  }
  if (values.check) {
    for (const file of stale) process.stderr.write(`${file} is stale: run npm run generate\n`);
    process.exitCode = stale.length > 0 ? 1 : 0;
    return;
  }
  process.stdout.write(stale.length > 0 ? `wrote ${stale.join(', ')}\n` : 'up to date\n');
}

try {
  await main();
} catch (error) {
  process.stderr.write(`generate: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
