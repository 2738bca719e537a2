import { access } from 'node:fs/promises';
import { run } from '../mutation/run.ts';

/** A program that a gate needs, and that npm does not install. */
export interface Need {
  readonly name: string;
  /** Exits with 0 when it is there, and is good enough. */
  readonly probe: readonly string[];
  /** The packages of Debian that have it. */
  readonly packages: readonly string[];
}

export const redis: Need = {
  name: 'redis-server',
  probe: ['redis-server', '--version'],
  packages: ['redis-server'],
};

export const prometheus: Need = {
  name: 'Prometheus with promtool',
  probe: ['sh', '-c', 'prometheus --version && promtool --version'],
  packages: ['prometheus'],
};

export const pgbouncer: Need = {
  name: 'PgBouncer',
  probe: ['sh', '-c', 'PATH="$PATH:/usr/sbin" pgbouncer --version'],
  packages: ['pgbouncer'],
};

export const chromium: Need = {
  name: 'Chromium',
  probe: ['sh', '-c', '"${CHROMIUM:-/usr/bin/chromium}" --version'],
  packages: ['chromium'],
};

export const python: Need = {
  name: 'Python 3.11 or later with venv',
  probe: ['python3', '-c', 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))'],
  packages: ['python3', 'python3-venv'],
};

export const go: Need = {
  name: 'Go 1.21 or later',
  probe: ['sh', '-c', "go version | grep -Eq 'go1\\.(2[1-9]|[3-9][0-9])'"],
  packages: ['golang-go', 'ca-certificates'],
};

const LIMIT = 10 * 60_000;

let isUpdated = false;

/**
 * Sees that a program is there. As root, where there is apt-get, it is installed if it is not.
 *
 * @param onOutput is given what the installation writes
 * @returns what is missing, as a sentence; undefined when it is there
 */
export async function provide(
  need: Need,
  directory: string,
  onOutput: (text: string) => void,
): Promise<string | undefined> {
  if (await isThere(need, directory)) return undefined;
  const missing = `${need.name} is not there`;
  if (process.getuid?.() !== 0) return `${missing}, and only root can install it`;
  const hasApt = await access('/usr/bin/apt-get').then(
    () => true,
    () => false,
  );
  if (!hasApt) return `${missing}, nor is apt-get`;
  const options = { directory, timeout: LIMIT, onOutput };
  if (!isUpdated) await run(['apt-get', 'update', '--quiet'], options);
  isUpdated = true;
  const install = ['apt-get', 'install', '--quiet', '--yes', '--no-install-recommends'];
  const { passed } = await run(
    ['env', 'DEBIAN_FRONTEND=noninteractive', ...install, ...need.packages],
    options,
  );
  if (!passed) return `${missing}, and apt-get could not install it`;
  if (await isThere(need, directory)) return undefined;
  return `${missing}: what apt-get installs is not good enough`;
}

async function isThere({ probe }: Need, directory: string): Promise<boolean> {
  const ended = await run(probe, { directory, timeout: 60_000 }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  return ended?.passed === true;
}
