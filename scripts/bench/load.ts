import { createHistogram } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type Connection, type Reply } from './connection.ts';
import type { Call } from './calls.ts';

/** How long answers took, in milliseconds; `NaN` when there were none. */
export interface Latency {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** What came of a load. */
export interface LoadResult {
  /** Answers as expected. */
  readonly answered: number;
  /** Answers 429 or 503: told to come back later. Always 0 in a closed loop, which ends at the first. */
  readonly refused: number;
  /** Requests that had no answer when the waiting ended. Their age counts as their latency. */
  readonly unanswered: number;
  readonly seconds: number;
  readonly latency: Latency;
  /** Of the refusals, which are not in the other. */
  readonly refusalLatency: Latency;
}

/** Where a load goes, and how. */
export interface LoadOptions {
  readonly port: number;
  readonly connections: number;
  /** How long requests are sent for. */
  readonly seconds: number;
  /** Gives the next request. */
  readonly next: () => Call;
}

/** How long an open loop waits for what is late, in milliseconds. */
const PATIENCE = 3_000;

/**
 * Sends on each connection one request after the other, each as soon as the former is answered: how much the server can do.
 *
 * @throws Error at the first answer that is not the expected one
 */
export async function closedLoop({
  port,
  connections,
  seconds,
  next,
}: LoadOptions): Promise<LoadResult> {
  const open = await connectAll(port, connections);
  const latencies = createLatencies();
  let answered = 0;
  const start = performance.now();
  const end = start + seconds * 1_000;
  const run = async (connection: Connection): Promise<void> => {
    for (let sent = performance.now(); sent < end; sent = performance.now()) {
      const call = next();
      const reply = await connection.send(call.request);
      if (reply.status !== call.status) throw unexpected(call, reply);
      latencies.record(performance.now() - sent);
      answered += 1;
    }
  };
  try {
    await Promise.all(open.map(run));
  } finally {
    for (const connection of open) connection.close();
  }
  return {
    answered,
    refused: 0,
    unanswered: 0,
    seconds: (performance.now() - start) / 1_000,
    latency: latencies.summary(),
    refusalLatency: createLatencies().summary(),
  };
}

/**
 * Sends at a fixed rate, whatever the server does: how long people wait. A latency begins at the time at which the request
 * was due, also when no connection was free then, so that a server which stalls cannot hide it by holding the load up
 * ("coordinated omission"). Node's timer makes it up to a millisecond longer.
 *
 * @param rate requests a second
 * @throws Error at an answer that is neither the expected one nor a refusal
 */
export async function openLoop(
  { port, connections, seconds, next }: LoadOptions,
  rate: number,
): Promise<LoadResult> {
  const open = await connectAll(port, connections);
  const latencies = createLatencies();
  const refusals = createLatencies();
  const free = [...open];
  const due: number[] = [];
  const pending = new Set<number>();
  const counts = { answered: 0, refused: 0 };
  let failure: Error | undefined;
  const start = performance.now();

  const send = async (connection: Connection, time: number): Promise<void> => {
    const call = next();
    pending.add(time);
    const reply = await connection.send(call.request);
    pending.delete(time);
    const isRefused = reply.status === 429 || reply.status === 503;
    if (reply.status !== call.status && !isRefused) throw unexpected(call, reply);
    counts[isRefused ? 'refused' : 'answered'] += 1;
    (isRefused ? refusals : latencies).record(performance.now() - time);
    free.push(connection);
    sendDue();
  };
  const sendDue = (): void => {
    for (;;) {
      const connection = due.length > 0 ? free.shift() : undefined;
      const time = connection && due.shift();
      if (connection === undefined || time === undefined) return;
      send(connection, time).catch((error: unknown) => {
        failure ??= error instanceof Error ? error : new Error(String(error));
      });
    }
  };

  const total = Math.round(rate * seconds);
  try {
    for (let scheduled = 0; scheduled < total && failure === undefined;) {
      const now = performance.now();
      for (; scheduled < total; scheduled += 1) {
        const time = start + (scheduled * 1_000) / rate;
        if (time > now) break;
        due.push(time);
      }
      sendDue();
      await sleep(1);
    }
    const deadline = performance.now() + PATIENCE;
    const isBusy = () => due.length + pending.size > 0;
    while (isBusy() && failure === undefined && performance.now() < deadline) await sleep(1);
  } finally {
    for (const connection of open) connection.close();
  }
  if (failure !== undefined) throw failure;
  const late = [...pending, ...due];
  for (const time of late) latencies.record(performance.now() - time);
  return {
    ...counts,
    unanswered: late.length,
    seconds,
    latency: latencies.summary(),
    refusalLatency: refusals.summary(),
  };
}

function connectAll(port: number, count: number): Promise<Connection[]> {
  return Promise.all(Array.from({ length: count }, () => connect(port)));
}

function unexpected({ request, status }: Call, reply: Reply): Error {
  const line = request.slice(0, request.indexOf('\r\n'));
  return new Error(
    `${line} was answered ${reply.status} instead of ${status}: ${reply.body.toString()}`,
  );
}

function createLatencies() {
  // Microseconds, to three digits, up to ten minutes.
  const histogram = createHistogram({ lowest: 1, highest: 600_000_000, figures: 3 });
  return {
    record: (milliseconds: number) =>
      histogram.record(Math.max(1, Math.round(milliseconds * 1_000))),
    summary(): Latency {
      const percentile = (part: number) =>
        // The histogram's own answer would be 0, which looks fast.
        histogram.count === 0 ? NaN : histogram.percentile(part) / 1_000;
      return {
        p50: percentile(50),
        p95: percentile(95),
        p99: percentile(99),
        max: percentile(100),
      };
    },
  };
}
