import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { DatabasePool, DatabaseTransactionConnection, QuerySqlToken } from 'slonik';
import { DatabaseBusyError } from './errors.ts';
import type { Lend, Work } from './lending.ts';
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
  /** The door of one subject. To be used at once: that of somebody who has nothing to do may be given up. */
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
    of: doorOf,
    waiting: () => [...doors.values()].reduce((sum, { waiting }) => sum + waiting(), 0),
    doors: () => doors.size,
  };
}

/** Does work for those who have come through all doors, when it is their turn. */
export type Admission = <T>(doors: readonly Door[], work: () => Promise<T>) => Promise<T>;

/** Told when somebody begins to wait, and returns what is to be called when that wait is over, one way or the other. */
export type OnWait = () => () => void;

/**
 * Admits to work those who have come through all doors, one after the other. Who waits at several waits no longer than at
 * one. What fails is thrown on; work that was not admitted was not begun.
 *
 * @param patience how long one waits, in milliseconds
 * @param onWait told of one wait for all doors, also of one of no length, and of who is turned away
 */
export function admission(patience: number, onWait: OnWait = () => () => undefined): Admission {
  return async (doors, work) => {
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

/** Does work of a subject with a connection, when it is its turn. */
export type LendTo = <T>(subject: string, work: Work<T>) => Promise<T>;

/** The database for one subject, who has to be admitted first. A class, because there is one for each request. */
export class SharedDatabase implements Database {
  readonly #subject: string;
  readonly #lendTo: LendTo;

  constructor(subject: string, lendTo: LendTo) {
    this.#subject = subject;
    this.#lendTo = lendTo;
  }

  any<Row extends StandardSchemaV1>(query: QuerySqlToken<Row>) {
    return this.#lendTo(this.#subject, (db) => db.any(query));
  }

  maybeOne<Row extends StandardSchemaV1>(query: QuerySqlToken<Row>) {
    return this.#lendTo(this.#subject, (db) => db.maybeOne(query));
  }

  one<Row extends StandardSchemaV1>(query: QuerySqlToken<Row>) {
    return this.#lendTo(this.#subject, (db) => db.one(query));
  }

  query<Row extends StandardSchemaV1>(query: QuerySqlToken<Row>) {
    return this.#lendTo(this.#subject, (db) => db.query(query));
  }

  transaction<T>(
    handler: (transaction: DatabaseTransactionConnection) => Promise<T>,
    retries?: number,
  ) {
    return this.#lendTo(this.#subject, (db) => db.transaction(handler, retries));
  }
}

/** The same pool, for those who have to be admitted first. Slonik's own queue has neither a bound nor a deadline. */
export function admitted(pool: DatabasePool, run: Lend, waiting: () => number): DatabasePool {
  const limited: DatabasePool = {
    ...pool,
    any: (query) => run((db) => db.any(query)),
    anyFirst: (query) => run((db) => db.anyFirst(query)),
    connect: (handler) => run(handler),
    exists: (query) => run((db) => db.exists(query)),
    many: (query) => run((db) => db.many(query)),
    manyFirst: (query) => run((db) => db.manyFirst(query)),
    maybeOne: (query) => run((db) => db.maybeOne(query)),
    maybeOneFirst: (query) => run((db) => db.maybeOneFirst(query)),
    one: (query) => run((db) => db.one(query)),
    oneFirst: (query) => run((db) => db.oneFirst(query)),
    query: (query) => run((db) => db.query(query)),
    record: (query) => run((db) => db.record(query)),
    stream: (query, handler) => run((db) => db.stream(query, handler)),
    transaction: (handler, retries) => run((db) => db.transaction(handler, retries)),
    state() {
      const state = pool.state();
      return { ...state, waitingClients: state.waitingClients + waiting() };
    },
  };
  // Its events are methods of its prototype.
  Object.setPrototypeOf(limited, pool);
  return limited;
}
