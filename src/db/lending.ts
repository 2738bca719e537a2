import type { DatabasePool, DatabasePoolConnection } from 'slonik';

/** What is done with a connection, which is the work's alone for that time. */
export type Work<T> = (connection: DatabasePoolConnection) => Promise<T>;

/** Does work with a connection. */
export type Lend = <T>(work: Work<T>) => Promise<T>;

/** A connection that has been taken from the pool, for one work after the other. */
interface Loan {
  readonly connection: DatabasePoolConnection;
  /** Gives it back to the pool; what the present work has come to is known after that. */
  readonly giveBack: (result: unknown) => void;
  /** Has it destroyed, as Slonik does with each that something has failed on. */
  readonly giveUp: (error: unknown) => void;
  /** How many works it was for. */
  uses: number;
  /** Whether it has broken, or is back. */
  isOver: boolean;
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
}

/** After how many works a connection goes back to the pool in any case, so that the pool can part with one that is old. */
const MAX_USES = 1_000;

/**
 * Lends the connections of a pool. One that somebody waits for is passed on, and not given back to the pool and taken from it
 * again, which costs a tenth of what a request does.
 *
 * @param waiting how many wait for a connection at the moment. Each of them must call what is returned as soon as it is its turn
 */
export function createLender(pool: Pick<DatabasePool, 'connect'>, waiting: () => number): Lend {
  /** For those who are about to come. */
  const kept: Loan[] = [];

  const end = (loan: Loan, result: unknown): void => {
    // Those that are kept already are for others who wait.
    const isWanted = waiting() > kept.length && loan.uses < MAX_USES && !loan.isOver;
    if (isWanted) {
      kept.push(loan);
      loan.resolve(result);
    } else loan.giveBack(result);
  };

  const begin = <T>(loan: Loan, work: Work<T>): void => {
    loan.uses += 1;
    try {
      work(loan.connection).then((result) => {
        end(loan, result);
      }, loan.giveUp);
    } catch (error) {
      loan.giveUp(error);
    }
  };

  /** Those that have broken while they were kept are destroyed: there is nobody to be told. */
  const takeKept = (): Loan | undefined => {
    let loan = kept.pop();
    while (loan?.isOver) {
      loan.giveUp(new Error('It has broken while nobody used it.'));
      loan = kept.pop();
    }
    return loan;
  };

  return (work) =>
    new Promise((done, reject) => {
      const resolve = done as Loan['resolve'];
      const known = takeKept();
      if (known) {
        known.resolve = resolve;
        known.reject = reject;
        begin(known, work);
        return;
      }
      let loan: Loan | undefined;
      const take = (connection: DatabasePoolConnection) =>
        new Promise((giveBack, giveUp) => {
          loan = { connection, giveBack, giveUp, uses: 0, isOver: false, resolve, reject };
          begin(loan, work);
        });
      // Of the work that the connection was for at last, which need not be this one.
      const settle = () => {
        if (loan) loan.isOver = true;
        return loan ?? { resolve, reject };
      };
      pool.connect(take).then(
        (result) => {
          settle().resolve(result);
        },
        (error: unknown) => {
          settle().reject(error);
        },
      );
    });
}
