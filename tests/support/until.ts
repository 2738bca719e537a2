import { setTimeout as sleep } from 'node:timers/promises';

/** How long something may take that should take moments, in milliseconds: far more than on the slowest machine. */
const PATIENCE = 20_000;

/** Waits, looking often, until something is so; fails when that takes longer than it ever should. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`It never came true: ${isSo.toString()}`);
    await sleep(5);
  }
}
