import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Which processors do what. */
export interface Pinning {
  /** What to put before a command so that it runs on the server's processor; empty where nothing is pinned. */
  readonly serverPrefix: readonly string[];
  /** A line for people. */
  readonly note: string;
}

/**
 * Moves this process to all processors but the first, and with it everything that it starts from now on (PostgreSQL), and
 * keeps the first for the server under test, so that load and database do not take its time.
 */
export function pinProcessors(): Pinning {
  const none = (why: string): Pinning => ({ serverPrefix: [], note: `Nothing is pinned: ${why}.` });
  if (process.platform !== 'linux') return none('taskset is for Linux');
  const [first, ...others] = allowedProcessors();
  if (first === undefined || others.length === 0) return none('there is only one processor');
  try {
    execFileSync('taskset', ['-acp', others.join(','), String(process.pid)], { stdio: 'ignore' });
  } catch {
    return none('taskset is not installed, or may not be used');
  }
  return {
    serverPrefix: ['taskset', '-c', String(first)],
    note: `The server runs on processor ${first}, load and database on ${others.join(', ')}.`,
  };
}

/** The processors that this process may use: the kernel writes them as `0-3,6`. */
function allowedProcessors(): number[] {
  const status = readFileSync('/proc/self/status', 'utf8');
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? '';
  return list.split(',').flatMap((range) => {
    const [from = NaN, to = from] = range.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}
