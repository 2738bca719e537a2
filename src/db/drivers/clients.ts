import pg from 'pg';
import {
  BackendTerminatedError,
  parseDsn,
  type DriverCommand,
  type DriverQueryResult,
} from 'slonik';

/** How long PostgreSQL may be at something, in milliseconds, as it is told when a connection is made. */
export interface SentTimeLimits {
  readonly statement_timeout: number;
  readonly lock_timeout: number;
  readonly idle_in_transaction_session_timeout: number;
}

/** What both drivers let a caller decide. */
export interface DriverOptions {
  /** Sent with each new connection; `undefined` sends none, for poolers that refuse them. */
  readonly limits: SentTimeLimits | undefined;
}

/** What Slonik knows of the connections that it wants. */
interface Wanted {
  readonly connectionUri: string;
  /** Milliseconds. */
  readonly connectionTimeout: number | 'DISABLE_TIMEOUT';
}

/** The client of node-postgres, or of who has taken it over, as far as it is the same. */
interface Client {
  readonly connect: () => Promise<unknown>;
  readonly end: () => Promise<void>;
}

/** Told what came of a statement: an error, or a result. */
export type OnEnd = (error: unknown, result?: DriverQueryResult) => void;

/** Sends a statement, and tells by `onEnd` what came of it. */
export type Send = (
  text: string,
  values: unknown[],
  name: string | undefined,
  onEnd: OnEnd,
) => void;

/** What is thrown at a text that is several statements. Node-postgres and its like would give the results of all. */
export const ONE_STATEMENT = 'The text must be one statement.';

/** A client in the form in which Slonik's pool wants it. */
interface PoolClient {
  readonly connect: () => Promise<void>;
  readonly end: () => Promise<void>;
  readonly query: (
    sql: string,
    values?: unknown[],
    options?: { readonly name?: string },
  ) => Promise<DriverQueryResult>;
  readonly stream: () => never;
}

const types = new pg.TypeOverrides();
// Revisions and counts stay far below 2^53.
types.setTypeParser(pg.types.builtins.INT8, Number);

/** How values of a type are read, by the number of the type. */
export function parserOf(typeId: number): (text: string) => unknown {
  // Its own types have it that it reads numbers.
  return types.getTypeParser(typeId) as unknown as (text: string) => unknown;
}

/** The part of a client's configuration in which the drivers do not differ, and what the URL says of TLS. */
export function readWanted(
  { connectionUri, connectionTimeout }: Wanted,
  { limits }: DriverOptions,
) {
  const { host, port, databaseName, username, password, sslMode, options, applicationName } =
    parseDsn(connectionUri);
  const config = {
    host,
    port,
    database: databaseName,
    user: username,
    password,
    options,
    application_name: applicationName,
    ...(connectionTimeout !== 'DISABLE_TIMEOUT' && { connectionTimeoutMillis: connectionTimeout }),
    ...limits,
    types,
  };
  return { config, sslMode };
}

/**
 * @param client which has been given a listener for errors already
 * @param send how the client is asked
 * @param toError what Slonik is to see of anything that the client fails with
 */
export function toPoolClient(
  client: Client,
  send: Send,
  toError: (thrown: unknown) => Error,
): PoolClient {
  const fail = (thrown: unknown) => {
    throw toError(thrown);
  };
  return {
    connect: () => client.connect().then(() => undefined, fail),
    end: () => client.end(),
    query: (sql, values = [], { name } = {}) =>
      // By callback. Where results have some kilobytes, many of the promises and closures of `query` itself outlive a collection
      // while young memory is small, at the start. From then on V8 makes them in old memory, and each keeps its result, rows and
      // text, until a large collection.
      new Promise((resolve, reject) => {
        send(sql, values, name, (error, result) => {
          if (result) resolve(result);
          else reject(toError(error));
        });
      }),
    stream() {
      throw new Error('There are no streams of rows: read page by page.');
    },
  };
}

/** The SQLSTATE of a connection that PostgreSQL ends. */
const ADMIN_SHUTDOWN = '57P01';

/** Slonik has to know that a connection is at an end; all else is told by the SQLSTATE. */
export function toSlonikError(error: unknown): Error {
  if (!isError(error)) return new Error('The driver has thrown no error.');
  const isEnd =
    /connection terminated|not queryable/i.test(error.message) ||
    ('code' in error && error.code === ADMIN_SHUTDOWN);
  if (isEnd) return new BackendTerminatedError(error);
  return error instanceof Error ? error : adopt(error);
}

/**
 * An error of Node itself, where modules run in a realm of their own: Slonik and p-retry would take it for none, and keep
 * its text without its code.
 */
function adopt(error: Error): Error {
  const code = 'code' in error ? { code: error.code } : {};
  return Object.assign(new Error(error.message, { cause: error }), code);
}

/** Not `instanceof`: the errors of Node itself belong to another realm wherever modules run in one of their own. */
export function isError(thrown: unknown): thrown is Error {
  return typeof thrown === 'object' && thrown !== null && 'message' in thrown && 'stack' in thrown;
}

const COMMANDS: readonly string[] = ['COPY', 'DELETE', 'INSERT', 'SELECT', 'UPDATE'];
const isCommand = (command: string): command is DriverCommand => COMMANDS.includes(command);

/** What opens and closes transactions has no name for Slonik, and nobody asks for it. */
export function toCommand(command = ''): DriverCommand {
  return isCommand(command) ? command : 'SELECT';
}
