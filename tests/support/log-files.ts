import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DestinationStream } from 'pino';
import { findLeaks } from './log-leaks.ts';

/** The environment variable by which jest's workers find the directory of the servers' logs. */
export const logDirectoryVariable = 'TEST_LOG_DIRECTORY';

/** Where a server under test writes its log. */
export interface KeptLog extends DestinationStream {
  /** What has been written so far, parsed. */
  lines(): any[];
}

/** Keeps a log in memory for the test, and in the worker's file for the search at the end of the run. */
export function keepLog(): KeptLog {
  const directory = process.env[logDirectoryVariable];
  if (directory === undefined) throw new Error('The log is kept under jest only.');
  const file = join(directory, `${process.pid}.log`);
  const written: string[] = [];
  return {
    write(line) {
      written.push(line);
      appendFileSync(file, line);
    },
    lines: () => written.map((line) => JSON.parse(line)),
  };
}

/**
 * Searches everything that servers under test have logged.
 *
 * @throws Error that lists the lines that say too much
 */
export function searchLogs(directory: string): void {
  const leaks = readdirSync(directory).flatMap((name) =>
    findLeaks(readFileSync(join(directory, name), 'utf8')),
  );
  if (leaks.length === 0) return;
  const shown = leaks.slice(0, 20).map(({ reason, line }) => `  ${reason}: ${line}`);
  throw new Error(`${leaks.length} lines of the servers' logs say too much:\n${shown.join('\n')}`);
}
