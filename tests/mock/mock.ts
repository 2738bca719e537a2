import { setTimeout as sleep } from 'node:timers/promises';
import { end, run, type Program } from '../support/stack.ts';

const startTimeout = 60_000;

/** A mock or a proxy that answers. */
export interface RunningMock extends Program {
  /** Without a slash at the end. */
  readonly url: string;
  /** Ends it, and waits for its end. */
  stop(): Promise<void>;
}

/** `scripts/mock.ts` as a process of its own, on a free port. */
export function startMock(...args: string[]): Promise<RunningMock> {
  return untilRunning(
    run(process.execPath, ['scripts/mock.ts', '--port', '0', ...args]),
    /The mock is running at (\S+)/,
  );
}

/** `scripts/mock-proxy.ts` as a process of its own, on a free port, in front of a server. */
export function startMockProxy(upstream: string): Promise<RunningMock> {
  return untilRunning(
    run(process.execPath, ['scripts/mock-proxy.ts', '--port', '0', '--upstream', upstream]),
    /The proxy of \S+ is running at (\S+)/,
  );
}

/**
 * Waits until a program says where it answers.
 *
 * @param pattern what it says; its first group is the address
 * @throws Error with what it has written, when it ends or is silent
 */
export async function untilRunning(program: Program, pattern: RegExp): Promise<RunningMock> {
  const deadline = Date.now() + startTimeout;
  for (;;) {
    const url = pattern.exec(program.stdout())?.[1];
    if (url !== undefined) return { ...program, url, stop: () => end(program) };
    const { exitCode, signalCode } = program.child;
    if (exitCode !== null || signalCode !== null || Date.now() > deadline) {
      await end(program);
      throw new Error(`It did not start: ${program.stdout()}${program.stderr()}`);
    }
    await sleep(20);
  }
}
