import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Reads the secret kept in a file, or makes one and keeps it there: 32 random bytes as 43 characters of base64url,
 * readable by its owner only. Two processes that do this at once get the same secret, and one that is killed half-way
 * leaves no half of a secret behind, but at most a file beside it that `removeDrafts` takes for what it is.
 */
export async function keepSecret(path: string): Promise<string> {
  const kept = await readSecret(path);
  if (kept !== undefined) return kept;
  const directory = dirname(path);
  await mkdir(directory, { recursive: true });
  const draft = join(directory, `draft-${randomBytes(6).toString('hex')}-${basename(path)}`);
  await writeFile(draft, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  try {
    // Unlike rename, link does not replace a file that another process has put there in the meantime.
    await link(draft, path);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return keepSecret(path);
}

/** Reads the secret kept in a file; `undefined` when there is no such file. */
export async function readSecret(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Whether an unknown thrown value is a system error of that code, `ENOENT` for example. */
export function isErrno(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
