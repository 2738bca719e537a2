/**
 * Compares the contract with that of the last release: what breaks clients needs another major version, and
 * docs/CHANGELOG.md says all that has changed.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { findBaseline } from './api-changes/baseline.ts';
import { changesSince, updated } from './api-changes/changelog.ts';
import { apiChanges, compare, installOasdiff, versionFaults } from './api-changes/oasdiff.ts';
import { selfCheck } from './api-changes/self-check.ts';

const HELP = `Usage: npm run test:breaking [-- --base REF]
       npm run changelog [-- --base REF]

Compares generated/openapi.json with that of the last release, by oasdiff, which it installs into .cache/ (that needs
Go). Fails when something breaks clients and the major version of the contract is the same (before 1.0.0 the minor one),
and when the API section of docs/CHANGELOG.md is stale. npm run changelog writes that section instead. The last release is the highest tag like
v1.2.3 before the present commit; before the first one there is nothing to compare with.

  --base REF       compare with this tag, branch or commit
  --directory DIR  the repository; default this one
  --write          write the section of docs/CHANGELOG.md
  --faults-only    do not look at docs/CHANGELOG.md
  --help           show this
`;

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      base: { type: 'string' },
      directory: { type: 'string', default: ROOT },
      write: { type: 'boolean', default: false },
      'faults-only': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  await installOasdiff();
  const directory = resolve(values.directory);
  const contract = await readFile(join(directory, 'generated/openapi.json'), 'utf8');
  const baseline = await findBaseline(directory, values.base);
  const found = baseline === undefined ? [] : await compare(baseline.contract, contract);
  const changes = apiChanges(found);
  say(
    baseline === undefined
      ? 'There is no release yet to compare the contract with.'
      : `Since ${baseline.ref}: ${changes.length} changes, ${changes.filter(({ level }) => level === 3).length} of which break clients.`,
  );
  say(`Checked that the removal of any of the ${await selfCheck(contract)} paths would be found.`);

  const faults = versionFaults(found);
  for (const { operation = '', path = '', text } of changes.filter(({ level }) => level === 3)) {
    if (faults.length > 0) complain(`${operation} ${path}: ${text}`);
  }
  faults.forEach(complain);
  if (values['faults-only']) return faults.length > 0 ? 1 : 0;

  const { version } = (JSON.parse(contract) as { info: { version: string } }).info;
  const file = join(directory, 'docs/CHANGELOG.md');
  const page = await readFile(file, 'utf8');
  const section = changesSince(version, baseline?.ref, changes);
  const style = { ...(await resolveConfig(file)), filepath: file };
  const wanted = await format(updated(page, baseline?.ref, section), style);
  if (values.write) await writeFile(file, wanted);
  const isStale = !values.write && wanted !== page;
  if (isStale) complain('docs/CHANGELOG.md is stale: run npm run changelog');
  return isStale || faults.length > 0 ? 1 : 0;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function complain(line: string): void {
  process.stderr.write(`${line}\n`);
}

try {
  process.exitCode = await main();
} catch (error) {
  complain(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
