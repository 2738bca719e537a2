import pg from 'pg';
import type { OnEnd } from './clients.ts';
import { Statement, type KnownColumns, type Wire } from './statement.ts';

/** A connection of node-postgres, with what is known of its statements. */
export interface Line {
  readonly client: pg.Client;
  readonly known: KnownColumns;
}

/** A statement that has a connection of its own, and may be sent on another. */
export interface Asked {
  /** Its own connection, which is idle: nobody else uses it before the statement has ended. */
  readonly line: Line;
  readonly text: string;
  readonly values: readonly unknown[];
  readonly name: string;
  readonly onEnd: OnEnd;
}

/**
 * A lock or the statement itself took too long. That is the same for all who read by an index, and who asked again then would be at
 * its deadline before it was told.
 */
const TOO_LONG: readonly unknown[] = ['55P03', '57014'];

/** Sends a statement, with others or alone. */
export type SendTogether = (asked: Asked) => void;

/**
 * How many go together at most. All have to wait for the last one, and on connections of their own PostgreSQL would do them at the
 * same time where it has processors to spare.
 */
const MOST = 4;

/**
 * How long a turn of the event loop may have lasted for a statement to wait for its end, in milliseconds. A turn is long when there is too
 * much to do, and who waits for its end as well comes round to PostgreSQL half as often.
 */
const LONG = 2;

/**
 * Sends statements that come in the same turn of the event loop together, in one packet on the connection of one of them, which their
 * results come back on. To write to a socket and to read from it is half of what a short statement costs.
 *
 * For short statements that read and nothing else, outside transactions: what fails on the connection of another one, or was behind
 * what failed, where PostgreSQL does nothing more of a packet, is sent again on its own.
 *
 * @param now a clock, in milliseconds, that never goes back; for tests
 */
export function createBatches(now: () => number = () => performance.now()): SendTogether {
  let gathered: Asked[] = [];
  let turnedAt = Number.NEGATIVE_INFINITY;
  let isTurning = false;

  const depart = () => {
    const [first, ...others] = gathered;
    gathered = [];
    if (first) sendOn(first.line, first, others);
  };
  const turn = () => {
    isTurning = false;
    turnedAt = now();
    depart();
  };

  return (asked) => {
    if (gathered.push(asked) === MOST) depart();
    // With those that have been waiting for the same answer as this one, at least.
    else if (now() - turnedAt > LONG) process.nextTick(depart);
    if (!isTurning) {
      isTurning = true;
      // When what has come from any socket by now has been looked at.
      setImmediate(turn);
    }
  };
}

/** Sends the first, with those of the others whose columns its connection knows; the rest go by themselves. */
function sendOn({ client, known }: Line, first: Asked, others: readonly Asked[]): void {
  const company = known.has(first.name) ? others.filter(({ name }) => known.has(name)) : [];
  if (company.length === 0) sendAlone(first);
  else client.query(new Batch(known, [first, ...company]));
  for (const other of others) if (!company.includes(other)) sendAlone(other);
}

function sendAlone({ line, text, values, name, onEnd }: Asked): void {
  line.client.query(new Statement(line.known, text, values, name, onEnd));
}

/** A statement of a batch. */
interface Member {
  readonly asked: Asked;
  readonly statement: Statement;
}

/** Some statements on their way through node-postgres, for which they are one. Their columns are known. */
class Batch implements pg.Submittable {
  readonly #known: KnownColumns;
  readonly #members: readonly Member[];
  /** Those of them that were sent, in the order in which they are answered; all, as long as none was, since they may fail before. */
  #sent: readonly Member[];
  /** Of how many of these the answer is complete. */
  #answered = 0;

  constructor(known: KnownColumns, all: readonly Asked[]) {
    this.#known = known;
    this.#members = all.map((asked) => {
      const { text, values, name, onEnd } = asked;
      return { asked, statement: new Statement(known, text, values, name, onEnd) };
    });
    this.#sent = this.#members;
  }

  submit(connection: object): void {
    const wire = connection as Wire;
    wire.stream.cork();
    this.#sent = this.#members.filter(({ statement }) => statement.write(wire));
    wire.sync();
    wire.stream.uncork();
    for (const member of this.#members) {
      // It knows why.
      if (!this.#sent.includes(member)) member.statement.handleReadyForQuery();
    }
  }

  handleDataRow(row: { fields: readonly (string | null)[] }): void {
    this.#sent[this.#answered]?.statement.handleDataRow(row);
  }

  handleCommandComplete(complete: { text: string }): void {
    this.#sent[this.#answered]?.statement.handleCommandComplete(complete);
    this.#answered += 1;
  }

  handleReadyForQuery(): void {
    // Else somebody would be given what another one has asked for.
    const isWhole = this.#answered === this.#sent.length;
    for (const { statement } of this.#sent) {
      if (isWhole) statement.handleReadyForQuery();
      else statement.handleError(new Error('There are other answers than statements.'));
    }
  }

  handleError(error: unknown): void {
    const isForAll = error instanceof pg.DatabaseError && TOO_LONG.includes(error.code);
    for (const [index, member] of this.#sent.entries()) {
      const { asked, statement } = member;
      const isOwnConnection = member === this.#members[0];
      if (index < this.#answered) statement.handleReadyForQuery();
      else if (isOwnConnection || isForAll) statement.handleError(error);
      else {
        // The connection may be to blame, such as for a plan that is out of date. It has to show that it can do this one.
        if (index === this.#answered) this.#known.delete(asked.name);
        sendAlone(asked);
      }
    }
  }
}
