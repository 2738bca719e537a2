import { pino, type DestinationStream } from 'pino';

/**
 * Standard output, for a log: the lines of one turn of the event loop leave together, when it ends. To hand one
 * over to the system costs as much as to hand over twenty.
 *
 * What there is at the end of the process is written then. Only a process that is killed in the midst of a turn loses its lines.
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
      if (lines === '') setImmediate(handOver);
      lines += line;
    },
    // pino calls it after a line of the level fatal.
    flushSync,
  };
}
