/**
 * Completes package-lock.json. npm leaves optional packages of other platforms out of the lockfile when it cannot read their
 * metadata (https://github.com/npm/cli/issues/4828), for example behind a mirror that has only some of them; `npm ci` then
 * refuses the lockfile. What is missing is named, with its version, by the packages that ask for it; the platform is in the name.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

const HELP = `Usage: npm run complete-lock

Adds the optional packages of other platforms that package-lock.json lacks. To be run after npm install.
`;

interface LockedPackage {
  readonly version?: string;
  readonly optional?: true;
  readonly dev?: true;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly os?: string[];
  readonly cpu?: string[];
}

type Packages = Record<string, LockedPackage>;

const systems = ['darwin', 'linux', 'win32', 'android', 'freebsd', 'openharmony'];
const processors = [
  'arm64',
  'x64',
  'ia32',
  'ppc64',
  's390x',
  'riscv64',
  'loong64',
  'arm',
  'wasm32',
];

/** Where node finds the package when the one at `place` asks for it. */
function isLocked(packages: Packages, place: string, name: string): boolean {
  for (let at = place; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    if (packages[`${at === '' ? '' : `${at}/`}node_modules/${name}`] !== undefined) return true;
    if (at === '') return false;
    if (!at.includes('/node_modules/')) at = '';
  }
}

function missing(packages: Packages): Packages {
  const found: Packages = {};
  for (const [place, { optionalDependencies = {}, dev }] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      if (isLocked(packages, place, name)) continue;
      const words = (name.split('/').at(-1) ?? '').split('-');
      const os = systems.find((system) => words.includes(system));
      const cpu = processors.find((processor) => words.includes(processor));
      found[`node_modules/${name}`] = {
        // A range's lowest version is one that satisfies it.
        version: version.replace(/^[~^]/, ''),
        ...(cpu !== undefined && { cpu: [cpu] }),
        ...(dev && { dev }),
        optional: true,
        ...(os !== undefined && { os: [os] }),
      };
    }
  }
  return found;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { help: { type: 'boolean', default: false } } });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const file = new URL('../package-lock.json', import.meta.url);
  const lock = JSON.parse(await readFile(file, 'utf8')) as { packages: Packages };
  const added = missing(lock.packages);
  const places = Object.entries({ ...lock.packages, ...added });
  lock.packages = Object.fromEntries(places.sort(([a], [b]) => a.localeCompare(b, 'en')));
  await writeFile(file, `${JSON.stringify(lock, null, 2)}\n`);
  process.stdout.write(`package-lock.json: added ${Object.keys(added).length} packages\n`);
}

await main();
