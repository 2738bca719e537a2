import type { Duplex } from 'node:stream';
import pg from 'pg';
import type { DriverQueryResult } from 'slonik';
import { ONE_STATEMENT, parserOf, toCommand, type OnEnd } from './clients.ts';

/** What node-postgres lends to what it sends, as far as it is used here; its types know a part of it. */
export interface Wire {
  readonly stream: Duplex;
  /** The texts of the statements that PostgreSQL has parsed on this connection, by their names. */
  readonly parsedStatements: Readonly<Record<string, string | undefined>>;
  readonly query: (text: string) => void;
  readonly parse: (statement: { name: string | undefined; text: string }) => void;
  readonly bind: (portal: {
    statement: string | undefined;
    values: readonly unknown[];
    valueMapper: (value: unknown) => unknown;
  }) => void;
  readonly describe: (what: { type: 'P' }) => void;
  readonly execute: (portal: object) => void;
  readonly sync: () => void;
  readonly sendCopyFail: (reason: string) => void;
}

/** The columns of a result. */
interface Columns {
  readonly fields: DriverQueryResult['fields'];
  readonly parsers: readonly ((text: string) => unknown)[];
  /** A row with nothing in it, whose copies V8 knows the form of. */
  readonly empty: Readonly<Record<string, null>>;
}

const NO_COLUMNS: Columns = { fields: [], parsers: [], empty: {} };

/** The columns of the named statements of one connection: they stay what they were, or PostgreSQL refuses the statement. */
export type KnownColumns = Map<string, Columns>;

/** What `pg.utils` has and its types have not. */
const { prepareValue } = (pg as unknown as { utils: { prepareValue: (value: unknown) => unknown } })
  .utils;

/**
 * A statement on its way through node-postgres, in place of its own `Query`. That one has PostgreSQL describe the columns of a named
 * statement each time, and finds out for each result how they are read; this one asks once on each connection.
 *
 * Node-postgres calls its methods, as it does those of `pg-cursor`.
 */
export class Statement implements pg.Submittable {
  readonly text: string;
  /** By it node-postgres notes what has been parsed. */
  readonly name: string | undefined;
  /** By its presence node-postgres makes no promise. */
  readonly callback: OnEnd;
  readonly #values: readonly unknown[];
  readonly #known: KnownColumns;
  /** Whether PostgreSQL is asked for the columns. */
  #isDescribed = false;
  #columns = NO_COLUMNS;
  #tag = '';
  #rows: Record<string, unknown>[] = [];
  #error: unknown;

  constructor(
    known: KnownColumns,
    text: string,
    values: readonly unknown[],
    name: string | undefined,
    onEnd: OnEnd,
  ) {
    this.text = text;
    this.name = name;
    this.callback = onEnd;
    this.#values = values;
    this.#known = known;
  }

  submit(connection: object): void {
    const wire = connection as Wire;
    if (this.name === undefined && this.#values.length === 0) {
      wire.query(this.text);
      return;
    }
    // Several messages, one packet.
    wire.stream.cork();
    this.write(wire);
    wire.sync();
    wire.stream.uncork();
  }

  /**
   * Writes all of a statement with values but the synchronisation, which ends it, or some of them together.
   *
   * @returns whether it was written; if not, the statement has an error at its end
   */
  write(wire: Wire): boolean {
    const { text, name } = this;
    const columns = name === undefined ? undefined : this.#known.get(name);
    const parsed = name === undefined ? undefined : wire.parsedStatements[name];
    try {
      if (parsed === undefined) wire.parse({ name, text });
      else if (parsed !== text) throw new Error(`${name} is the name of another statement.`);
      wire.bind({ statement: name, values: this.#values, valueMapper: prepareValue });
      if (columns) this.#columns = columns;
      else {
        this.#isDescribed = true;
        wire.describe({ type: 'P' });
      }
      wire.execute({});
      return true;
    } catch (error) {
      // Such as a value that cannot be sent. What comes of the rest ends with the answer to the synchronisation.
      this.#error = error;
      return false;
    }
  }

  handleRowDescription({ fields }: { fields: readonly pg.FieldDef[] }): void {
    if (this.#tag !== '') this.#error = new Error(ONE_STATEMENT);
    this.#columns = {
      fields: fields.map(({ dataTypeID, name }) => ({ dataTypeId: dataTypeID, name })),
      parsers: fields.map(({ dataTypeID }) => parserOf(dataTypeID)),
      empty: Object.fromEntries(fields.map(({ name }) => [name, null])),
    };
  }

  handleDataRow({ fields: texts }: { fields: readonly (string | null)[] }): void {
    if (this.#error !== undefined) return;
    const { fields, parsers, empty } = this.#columns;
    const row: Record<string, unknown> = { ...empty };
    try {
      if (texts.length !== fields.length) throw new Error('The columns are others than described.');
      for (let index = 0; index < texts.length; index += 1) {
        const text = texts[index] ?? null;
        const { name = '' } = fields[index] ?? {};
        row[name] = text === null ? null : parsers[index]?.(text);
      }
    } catch (error) {
      this.#error = error;
      return;
    }
    this.#rows.push(row);
  }

  handleCommandComplete({ text }: { text: string }): void {
    this.#tag = text;
    if (this.name !== undefined && this.#isDescribed) this.#known.set(this.name, this.#columns);
  }

  handleReadyForQuery(): void {
    if (this.#error !== undefined) {
      this.callback(this.#error);
      return;
    }
    // `SELECT 1`, `INSERT 0 1`, `START TRANSACTION`
    const [command] = this.#tag.split(' ', 1);
    const count = Number.parseInt(this.#tag.slice(this.#tag.lastIndexOf(' ') + 1), 10);
    this.callback(undefined, {
      command: toCommand(command),
      fields: this.#columns.fields,
      rowCount: Number.isNaN(count) ? null : count,
      rows: this.#rows,
    });
  }

  handleError(error: unknown): void {
    this.callback(this.#error ?? error);
  }

  handleEmptyQuery(): void {
    // Nothing but comments: there are no rows, and no tag.
  }

  /** Said when not all rows were asked for, but all are. */
  handlePortalSuspended(): void {
    this.#error = new Error('There are more rows.');
  }

  /** Without an answer PostgreSQL would wait for the data for ever. */
  handleCopyInResponse(connection: object): void {
    (connection as Wire).sendCopyFail('There is nothing to copy.');
  }

  handleCopyData(): void {
    // Rows of `COPY TO STDOUT`, which nobody asks for.
  }
}
