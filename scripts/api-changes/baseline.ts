import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const CONTRACT = 'generated/openapi.json';
const RELEASE = /^v(\d+)\.(\d+)\.(\d+)$/;

/** The contract that the present one is compared with. */
export interface Baseline {
  /** The tag or other revision that it is of. */
  readonly ref: string;
  readonly contract: string;
}

/**
 * The contract of the last release: of the highest `v1.2.3` tag that the present commit descends from, but not of a tag on
 * the commit itself, because a release is compared with the one before it. In a shallow clone the history is fetched first.
 *
 * @param directory of the repository
 * @param ref takes the contract of this revision instead
 * @returns undefined when nothing was released yet
 * @throws when there is no such revision, or there are releases that the clone does not have
 */
export async function findBaseline(directory: string, ref?: string): Promise<Baseline | undefined> {
  const git = gitIn(directory);
  const found = ref ?? (await lastRelease(git));
  if (found === undefined) return undefined;
  return { ref: found, contract: await git('show', `${found}:${CONTRACT}`) };
}

type Git = (...args: string[]) => Promise<string>;

function gitIn(directory: string): Git {
  return async (...args) => {
    const { stdout } = await promisify(execFile)('git', ['-C', directory, ...args], {
      maxBuffer: 64 * 1024 * 1024,
      // Nobody is there to type a password.
      env: { ...process.env, GIT_TERMINAL_PROMPT: '0' },
    });
    return stdout;
  };
}

async function lastRelease(git: Git): Promise<string | undefined> {
  if ((await git('rev-parse', '--is-shallow-repository')).trim() === 'true') {
    await git('fetch', '--quiet', '--unshallow', '--tags');
  }
  const here = releases(await git('tag', '--points-at', 'HEAD'));
  const tags = releases(await git('tag', '--merged', 'HEAD')).filter((tag) => !here.includes(tag));
  if (tags.length > 0) return tags.sort(byVersion).at(-1);
  const missing = here.length === 0 ? await releasesElsewhere(git) : [];
  if (missing.length > 0) {
    throw new Error(
      `This clone does not have the releases ${missing.join(', ')}: git fetch --tags`,
    );
  }
  return undefined;
}

/** Where tags were not cloned, there seems to be no release. So the repository that this one is a clone of is asked. */
async function releasesElsewhere(git: Git): Promise<string[]> {
  const remotes = (await git('remote')).split('\n');
  if (!remotes.includes('origin')) return [];
  const lines = (await git('ls-remote', '--tags', '--refs', 'origin')).split('\n');
  const local = await git('tag');
  return releases(lines.map((line) => line.replace(/^.*refs\/tags\//, '')).join('\n')).filter(
    (tag) => !releases(local).includes(tag),
  );
}

function releases(lines: string): string[] {
  return lines.split('\n').filter((tag) => RELEASE.test(tag));
}

function byVersion(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}
