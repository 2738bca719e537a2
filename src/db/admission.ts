import type { DatabasePool } from 'slonik';
import { DatabaseBusyError } from './errors.ts';
import type { Database } from './owner.ts';

/** Who may use a connection, and how long the others wait. */
export interface AdmissionRules {
  /** How many may use one at once. */
  readonly limit: number;
  /** How long one waits for that, in milliseconds. */
  readonly patience: number;
  /** How many wait at once; those who come then are turned away without waiting. */
  readonly maxWaiting: number;
  /** Called when nobody works any more. */
  readonly onIdle?: (() => void) | undefined;
}

/** Lets a limited number work at once, in the order in which they come. */
export interface Admission {
  /**
   * Does the work when it is its turn.
   *
   * @param until when waiting ends, by `performance.now()`, for who has waited elsewhere before; after the whole patience
   *   unless given
   * @throws DatabaseBusyError when that takes too long, or too many wait; the work was not begun then
   */
  readonly run: <T>(work: () => Promise<T>, until?: number) => Promise<T>;
  /** How many wait at the moment. */
  readonly waiting: () => number;
}

export function createAdmission({
  limit,
  patience,
  maxWaiting,
  onIdle,
}: AdmissionRules): Admission {
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

  const leave = () => {
    const next = queue.shift();
    if (!next) {
      working -= 1;
      if (working === 0) onIdle?.();
      return;
    }
    // The place is handed over: whoever comes at this moment does not get in between.
    next();
  };

  return {
    async run(work, until) {
      if (working < limit) {
        working += 1;
      } else {
        if (queue.length >= maxWaiting) throw new DatabaseBusyError('too_many_wait');
        const time = until === undefined ? patience : until - performance.now();
        if (time <= 0) throw new DatabaseBusyError('waited_too_long');
        await turn(time);
      }
      try {
        return await work();
      } finally {
        leave();
      }
    },
    waiting: () => queue.length,
  };
}

/** Admissions by subject: what one of them does leaves the others as they are. */
export interface Shares {
  readonly of: (subject: string) => Pick<Admission, 'run'>;
  /** How many wait at the moment, of all subjects. */
  readonly waiting: () => number;
}

/** @param rules what each subject is admitted by; nothing is kept of one who has nothing to do */
export function createShares(rules: Omit<AdmissionRules, 'onIdle'>): Shares {
  const active = new Map<string, Admission>();
  const admissionOf = (subject: string) => {
    const known = active.get(subject);
    if (known) return known;
    const made = createAdmission({ ...rules, onIdle: () => active.delete(subject) });
    active.set(subject, made);
    return made;
  };
  return {
    // Made when there is work, so that it is there for no longer than that.
    of: (subject) => ({ run: (work, until) => admissionOf(subject).run(work, until) }),
    waiting: () => [...active.values()].reduce((sum, { waiting }) => sum + waiting(), 0),
  };
}

/**
 * One admission behind another. Who waits for both waits no longer than for one of them.
 *
 * @param patience in milliseconds
 */
export function inTurn(
  first: Pick<Admission, 'run'>,
  second: Pick<Admission, 'run'>,
  patience: number,
): Pick<Admission, 'run'> {
  return {
    run(work, until = performance.now() + patience) {
      return first.run(() => second.run(work, until), until);
    },
  };
}

/**
 * The same admission, and each wait for it is told, by a promise that is kept when it ends: those of no length, too, and those
 * of who is turned away. Around admissions in turn it tells one wait for all of them.
 */
export function observed(
  { run }: Pick<Admission, 'run'>,
  onWait: (wait: Promise<undefined>) => void,
): Pick<Admission, 'run'> {
  return {
    run(work, until) {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      onWait(promise);
      const done = run(() => {
        resolve(undefined);
        return work();
      }, until);
      // Who is turned away waits no more. The refusal itself is the caller's.
      done.catch(() => {
        resolve(undefined);
      });
      return done;
    },
  };
}

/** The same database, for one who has to be admitted first. */
export function shared(db: Database, { run }: Pick<Admission, 'run'>): Database {
  return {
    any: (query) => run(() => db.any(query)),
    maybeOne: (query) => run(() => db.maybeOne(query)),
    one: (query) => run(() => db.one(query)),
    query: (query) => run(() => db.query(query)),
    transaction: (handler, retries) => run(() => db.transaction(handler, retries)),
  };
}

/** The same pool, for those who have to be admitted first. Slonik's own queue has neither a bound nor a deadline. */
export function admitted(pool: DatabasePool, admission: Admission): DatabasePool {
  const { run, waiting } = admission;
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
