import { pino, type DestinationStream } from 'pino';

/** How long a line may wait for others, in milliseconds. */
const PATIENCE = 10;

/**
 * Standard output, for a log: lines that come soon after each other leave together. To hand one over to the system, which
 * another thread does, costs as much as to hand over twenty.
 *
 * What there is at the end of the process is written then. Only a process that is killed loses the lines of that time.
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
    },
    // pino calls it after a line of the level fatal.
    flushSync,
  };
}
