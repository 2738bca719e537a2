import type { DatabasePool } from 'slonik';
import { DatabaseBusyError } from './errors.ts';
import type { Database } from './owner.ts';

/** Who may use a connection, and how long the others wait. */
export interface AdmissionRules {
  /** How many may use one at once. */
  readonly limit: number;
  /** How many wait at once; those who come then are turned away without waiting. */
  readonly maxWaiting: number;
}

/** Has room for a limited number at once, and lets them in in the order in which they come. */
export interface Door {
  /**
   * Takes a place, which is to be given back.
   *
   * @param until when waiting ends, by `performance.now()`
   * @returns a promise that is kept when there is one, and nothing when there is one at once: mostly there is, and a promise
   *   costs more than all else here
   * @throws DatabaseBusyError when that takes too long, or too many wait; no place was taken then
   */
  readonly enter: (until: number) => Promise<void> | undefined;
  /** Gives a place back. */
  readonly leave: () => void;
}

/** A door at which it can be seen how many wait at the moment, and whether nobody has a place. */
export type WatchedDoor = Door & {
  readonly waiting: () => number;
  readonly isIdle: () => boolean;
};

export function createDoor({ limit, maxWaiting }: AdmissionRules): WatchedDoor {
  // Not a set: that is rebuilt every few waits, and each of its former forms can keep the next one alive, with all that was
  // in it, until old memory is collected.
  const queue: (() => void)[] = [];
  let working = 0;

  const turn = (time: number) =>
    new Promise<void>((resolve, reject) => {
      const enter = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        queue.splice(queue.indexOf(enter), 1);
        reject(new DatabaseBusyError('waited_too_long'));
      }, time);
      queue.push(enter);
    });

  return {
    enter(until) {
      if (working < limit) {
        working += 1;
        return undefined;
      }
      if (queue.length >= maxWaiting) throw new DatabaseBusyError('too_many_wait');
      const time = until - performance.now();
      if (time <= 0) throw new DatabaseBusyError('waited_too_long');
      return turn(time);
    },
    leave() {
      const next = queue.shift();
      // The place is handed over: whoever comes at this moment does not get in between.
      if (next) next();
      else working -= 1;
    },
    waiting: () => queue.length,
    isIdle: () => working === 0,
  };
}

/** Doors by subject: what one of them does leaves the others as they are. */
export interface Shares {
  readonly of: (subject: string) => Door;
  /** How many wait at the moment, of all subjects. */
  readonly waiting: () => number;
  /** How many subjects have a door, whether or not they have anything to do; for tests. */
  readonly doors: () => number;
}

/** How many doors there are at least before those that nobody uses are given up. */
const MANY = 1_000;

/** @param rules what each subject is admitted by */
export function createShares(rules: AdmissionRules): Shares {
  let doors = new Map<string, WatchedDoor>();
  let many = MANY;
  const doorOf = (subject: string) => {
    const known = doors.get(subject);
    if (known) return known;
    if (doors.size >= many) {
      // Many at once and not each when it is idle: a map whose entries come and go with the requests is rebuilt every few of
      // them, and then keeps their garbage alive as a set does.
      doors = new Map([...doors].filter(([, door]) => !door.isIdle()));
      many = Math.max(MANY, 2 * doors.size);
    }
    const made = createDoor(rules);
    doors.set(subject, made);
    return made;
  };
  return {
    // Looked up each time, because the door of somebody who has nothing to do may be given up.
    of: (subject) => ({
      enter: (until) => doorOf(subject).enter(until),
      leave: () => doors.get(subject)?.leave(),
    }),
    waiting: () => [...doors.values()].reduce((sum, { waiting }) => sum + waiting(), 0),
    doors: () => doors.size,
  };
}

/** Does work when it is its turn. */
export type Admission = <T>(work: () => Promise<T>) => Promise<T>;

/** Told when somebody begins to wait, and returns what is to be called when that wait is over, one way or the other. */
export type OnWait = () => () => void;

/**
 * Admits to work those who have come through all doors, one after the other. Who waits at several waits no longer than at
 * one. What fails is thrown on; work that was not admitted was not begun.
 *
 * @param patience how long one waits, in milliseconds
 * @param onWait told of one wait for all doors, also of one of no length, and of who is turned away
 */
export function admission(
  doors: readonly Door[],
  patience: number,
  onWait: OnWait = () => () => undefined,
): Admission {
  return async (work) => {
    const until = performance.now() + patience;
    const endWait = onWait();
    let entered = 0;
    try {
      try {
        for (const door of doors) {
          const turn = door.enter(until);
          if (turn) await turn;
          entered += 1;
        }
      } finally {
        endWait();
      }
      return await work();
    } finally {
      while (entered > 0) doors[(entered -= 1)]?.leave();
    }
  };
}

/** The same database, for one who has to be admitted first. */
export function shared(db: Database, run: Admission): Database {
  return {
    any: (query) => run(() => db.any(query)),
    maybeOne: (query) => run(() => db.maybeOne(query)),
    one: (query) => run(() => db.one(query)),
    query: (query) => run(() => db.query(query)),
    transaction: (handler, retries) => run(() => db.transaction(handler, retries)),
  };
}

/** The same pool, for those who have to be admitted first. Slonik's own queue has neither a bound nor a deadline. */
export function admitted(pool: DatabasePool, run: Admission, waiting: () => number): DatabasePool {
  const limited: DatabasePool = {
    ...pool,
    any: (query) => run(() => pool.any(query)),
    anyFirst: (query) => run(() => pool.anyFirst(query)),
    connect: (handler) => run(() => pool.connect(handler)),
    exists: (query) => run(() => pool.exists(query)),
    many: (query) => run(() => pool.many(query)),
    manyFirst: (query) => run(() => pool.manyFirst(query)),
    maybeOne: (query) => run(() => pool.maybeOne(query)),
    maybeOneFirst: (query) => run(() => pool.maybeOneFirst(query)),
    one: (query) => run(() => pool.one(query)),
    oneFirst: (query) => run(() => pool.oneFirst(query)),
    query: (query) => run(() => pool.query(query)),
    record: (query) => run(() => pool.record(query)),
    stream: (query, handler) => run(() => pool.stream(query, handler)),
    transaction: (handler, retries) => run(() => pool.transaction(handler, retries)),
    state() {
      const state = pool.state();
      return { ...state, waitingClients: state.waitingClients + waiting() };
    },
  };
  // Its events are methods of its prototype.
  Object.setPrototypeOf(limited, pool);
  return limited;
}
