import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { isErrno } from '../local/secret.ts';

/** What a process has used so far, by the kernel's own account. */
export interface Usage {
  /** Time on a processor, of all its threads, in user and kernel mode, in microseconds. */
  readonly cpuMicroseconds: number;
  /** Resident memory in bytes, now. */
  readonly residentBytes: number;
}

/** Ticks a second in /proc, the same on every Linux that Node runs on. */
const USER_HZ = 100;

/**
 * Reads what a process has used, to a hundredth of a second, without its help: the same for every program.
 *
 * @throws Error when there is no such process
 */
export async function usageOf(pid: number): Promise<Usage> {
  if (process.platform !== 'linux') return usageByPs(pid);
  const { ticks } = statOf(await readFile(`/proc/${pid}/stat`, 'utf8'));
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kilobytes = Number(/^VmRSS:\s*(\d+) kB/m.exec(status)?.[1]);
  return { cpuMicroseconds: (ticks / USER_HZ) * 1e6, residentBytes: kilobytes * 1024 };
}

/**
 * Reads the processor time that a process and its children have used so far, in microseconds: all of PostgreSQL, by its
 * main process, of which everything else in it is a child. Children that have ended are in it (on Linux), so that the
 * number never falls.
 */
export async function familyCpu(pid: number): Promise<number> {
  if (process.platform !== 'linux') return familyCpuByPs(pid);
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(
    pids.map((name) =>
      readFile(`/proc/${name}/stat`, 'utf8').catch((error: unknown) => {
        // It has ended since the directory was read, and is among its parent's ended children.
        if (isErrno(error, 'ENOENT') || isErrno(error, 'ESRCH')) return undefined;
        throw error;
      }),
    ),
  );
  let ticks = 0;
  for (const [index, text] of stats.entries()) {
    if (text === undefined) continue;
    const stat = statOf(text);
    if (pids[index] === String(pid)) ticks += stat.ticks + stat.ticksOfEnded;
    else if (stat.parent === pid) ticks += stat.ticks;
  }
  return (ticks / USER_HZ) * 1e6;
}

/** What is used of `/proc/PID/stat` (proc_pid_stat(5)); times in ticks. */
function statOf(text: string) {
  // The second field is the program's name in brackets, which may contain anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const sum = (index: number): number => Number(fields[index]) + Number(fields[index + 1]);
  return { parent: Number(fields[1]), ticks: sum(11), ticksOfEnded: sum(13) };
}

async function familyCpuByPs(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,time=']);
  const times = stdout.split('\n').map((line) => line.trim().split(/\s+/));
  return times
    .filter((columns) => columns.slice(0, 2).includes(String(pid)))
    .reduce((sum, [, , time = '']) => sum + secondsOf(time) * 1e6, 0);
}

/** @param time `[hours:]minutes:seconds` */
function secondsOf(time: string): number {
  return time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}

async function usageByPs(pid: number): Promise<Usage> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'time=,rss=', '-p', String(pid)]);
  const [time = '', kilobytes] = stdout.trim().split(/\s+/);
  return { cpuMicroseconds: secondsOf(time) * 1e6, residentBytes: Number(kilobytes) * 1024 };
}
