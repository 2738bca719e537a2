import { pino, type DestinationStream } from 'pino';

/** How long a line may wait for others, in milliseconds. */
const PATIENCE = 10;

/**
 * How many characters wait at most. What is handed over is written in one piece, by another thread, and at the end of the process
 * the rest is written without regard to that: into the middle of a piece which is larger than a pipe takes at once.
 */
const ENOUGH = 12_000;

/**
 * Standard output, for a log: lines that come soon after each other leave together. To hand one over to the system, which
 * another thread does, costs as much as to hand over twenty.
 *
 * What there is at the end of the process is written then. Only a process that a signal ends loses the lines of that time.
 */
export function standardOutput(): DestinationStream & { flushSync(): void } {
  const destination = pino.destination(1);
  let lines = '';
  const handOver = (): void => {
    if (lines === '') return;
    destination.write(lines);
    lines = '';
  };
  const flushSync = (): void => {
    handOver();
    destination.flushSync();
  };
  process.once('exit', flushSync);
  return {
    write(line) {
      if (lines === '') setTimeout(handOver, PATIENCE);
      lines += line;
      if (lines.length > ENOUGH) handOver();
    },
    // pino calls it after a line of the level fatal.
    flushSync,
  };
}
