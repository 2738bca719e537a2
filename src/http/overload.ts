/** What there is too much work for. */
export type OverloadReason = 'database' | 'event_loop';

/** Watches whether more is asked of this process than it can do. */
export interface OverloadWatch {
  /** Why a request should be refused, if it should. To be asked once for each: while all is well a comparison or two. */
  readonly reason: () => OverloadReason | undefined;
  /** Begins and ends to look at the event loop and the queue; without a look a queue that stands never ends. */
  readonly start: () => void;
  readonly stop: () => void;
}

interface OverloadWatchOptions {
  /** How many requests wait for a connection to the database at the moment. */
  readonly waiting: () => number;
  /** How many connections they wait for. */
  readonly connections: number;
  /** A clock, in milliseconds, that never goes back; for tests. */
  readonly now?: () => number;
}

/** How many may wait for each connection: as many as come at once when all is well, for they are soon served. */
const BURST = 10;

/**
 * How many may wait from the first one too many on: one for each connection, so that waiting takes as long as the work, or three
 * but no more than this in all, lest few connections are without work until the next turn of the event loop.
 */
const STANDING = 10;

/**
 * How often the event loop and the queue are looked at, and from what delay on the event loop is late, in milliseconds. The time
 * between two looks is up to so much longer, by chance: what comes at a fixed interval could meet every other look.
 */
const INTERVAL = 25;
const SPREAD = 20;
const LATE = 50;

/**
 * How often it must be late, with so many requests, before it is in time again: to collect garbage is no overload. And where it is
 * not requests that hold the process up, refusing them would not help: so many turns without them end it.
 */
const LATE_TURNS = 3;
const MANY = 20;

/** Of how many requests one is served at least while it is late, so that nobody can shut all others out. */
const SERVED = 10;

/**
 * The queue for the database is where work piles up, whether the database or this process is the slower one: a process
 * that has too much to do comes round to its connections too seldom. That is known at once, and without a clock. Work that
 * never gets as far as the database shows in the event loop itself, which then is late.
 */
export function createOverloadWatch({
  waiting,
  connections,
  now = () => performance.now(),
}: OverloadWatchOptions): OverloadWatch {
  const burst = BURST * connections;
  const standing = Math.max(connections, Math.min(3 * connections, STANDING));
  let isStanding = false;
  let wasEmpty = false;
  let lateTurns = 0;
  let otherTurns = 0;
  let requests = 0;
  let refusedInTurn = 0;
  let timer: NodeJS.Timeout | undefined;

  const look = (dueAt: number) => {
    if (requests >= MANY) otherTurns = 0;
    else otherTurns += 1;
    if (now() - dueAt <= LATE || otherTurns >= LATE_TURNS) lateTurns = 0;
    else if (requests >= MANY) lateTurns += 1;
    requests = 0;
    // Were one moment enough in which nobody waits, a whole burst would be let in some times a second.
    const isEmpty = waiting() === 0;
    if (isEmpty && wasEmpty) isStanding = false;
    wasEmpty = isEmpty;
    start();
  };
  const start = () => {
    const interval = INTERVAL + SPREAD * Math.random();
    timer = setTimeout(look, interval, now() + interval).unref();
  };

  /** The longer it has been late the more are refused: one of two at first. */
  const isTurnedAway = () => {
    const share = Math.min(lateTurns - LATE_TURNS + 1, SERVED - 1);
    refusedInTurn = refusedInTurn < share ? refusedInTurn + 1 : 0;
    return refusedInTurn > 0;
  };

  return {
    reason() {
      requests += 1;
      const queue = waiting();
      if (queue >= burst) isStanding = true;
      if (isStanding && queue >= standing) return 'database';
      return lateTurns >= LATE_TURNS && isTurnedAway() ? 'event_loop' : undefined;
    },
    start,
    stop() {
      clearTimeout(timer);
      isStanding = false;
      lateTurns = 0;
    },
  };
}
