import { execFile } from 'node:child_process';
import { access, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

// Later ones cannot be installed from every module proxy: one of their dependencies is not available there.
const VERSION = 'v1.33.0';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = join(root, '.cache', `oasdiff-${VERSION}`, 'oasdiff');

// Beyond oasdiff's own: requests are closed, so what was allowed once and is no longer known is refused. And a version
// that does not say that something broke is an error.
const severityLevels = fileURLToPath(new URL('severity-levels.txt', import.meta.url));

const execute = promisify(execFile);

/** A change of the contract, in oasdiff's words. */
export interface Change {
  /** Of the check that found it. */
  readonly id: string;
  readonly text: string;
  /** 3 breaks clients, 2 may break some, 1 does not. */
  readonly level: 1 | 2 | 3;
  /** The method and path of the operation; absent when it is about the whole document. */
  readonly operation?: string;
  readonly path?: string;
}

/**
 * Installs oasdiff into `.cache/`, at one version, unless it is there already.
 *
 * @throws when it is not there, and Go is not either
 */
export async function installOasdiff(): Promise<void> {
  const isInstalled = await access(program).then(
    () => true,
    () => false,
  );
  if (isInstalled) return;
  const draft = `${dirname(program)}.${process.pid}`;
  try {
    const env = { ...process.env, GOBIN: draft, GOFLAGS: '-trimpath' };
    await execute('go', ['install', `github.com/oasdiff/oasdiff@${VERSION}`], { env });
    await rm(dirname(program), { recursive: true, force: true });
    await rename(draft, dirname(program));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `oasdiff ${VERSION} needs Go 1.26, or any from 1.21 that may fetch it: ${reason}`,
      {
        cause: error,
      },
    );
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/**
 * Compares two contracts.
 *
 * @param base the earlier one, as JSON
 * @param revision the later one, as JSON
 * @throws what oasdiff says when it cannot read one of them
 */
export async function compare(base: string, revision: string): Promise<Change[]> {
  const directory = await mkdtemp(join(tmpdir(), 'todo-api-changes-'));
  try {
    const files = [join(directory, 'base.json'), join(directory, 'revision.json')] as const;
    await writeFile(files[0], base);
    await writeFile(files[1], revision);
    const options = ['--format=json', '--flatten-allof', `--severity-levels=${severityLevels}`];
    const { stdout } = await execute(program, ['changelog', ...files, ...options], {
      maxBuffer: 64 * 1024 * 1024,
    });
    return (stdout.trim() === '' ? [] : JSON.parse(stdout)) as Change[];
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** What is wrong with the version of the later contract: that it does not say that something broke. */
export function versionFaults(changes: readonly Change[]): string[] {
  return changes.filter(isAboutVersion).map(({ text }) => text);
}

/** The changes of the API itself. */
export function apiChanges(changes: readonly Change[]): Change[] {
  return changes.filter((change) => !isAboutVersion(change));
}

function isAboutVersion({ id }: Change): boolean {
  return /^api-(major-)?version-/.test(id);
}
