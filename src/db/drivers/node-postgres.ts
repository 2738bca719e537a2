import pg from 'pg';
import {
  BackendTerminatedError,
  createDriverFactory,
  parseDsn,
  type DriverCommand,
  type DriverFactory,
} from 'slonik';

/** How long PostgreSQL may be at something, in milliseconds, as it is told when a connection is made. */
export interface SentTimeLimits {
  readonly statement_timeout: number;
  readonly lock_timeout: number;
  readonly idle_in_transaction_session_timeout: number;
}

/** Revisions and counts stay far below 2^53. */
const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, Number);

/**
 * Slonik's driver for TCP on node-postgres, in place of `@slonik/pg-driver`. That one asks the database for
 * the numbers of its types on a connection that has no listener for errors: breaking there ends the process. And
 * it knows no `lock_timeout`.
 *
 * @param limits sent with each new connection; `undefined` sends none, for poolers that refuse them
 */
export function createNodePostgresDriver(limits: SentTimeLimits | undefined): DriverFactory {
  return createDriverFactory(({ driverConfiguration: { connectionUri, connectionTimeout } }) => {
    const { host, port, databaseName, username, password, sslMode, options, applicationName } =
      parseDsn(connectionUri);
    const config: pg.ClientConfig = {
      host,
      port,
      database: databaseName,
      user: username,
      password,
      options,
      application_name: applicationName,
      ssl: sslMode === 'no-verify' ? { rejectUnauthorized: false } : sslMode === 'require',
      keepAlive: true,
      ...(connectionTimeout !== 'DISABLE_TIMEOUT' && {
        connectionTimeoutMillis: connectionTimeout,
      }),
      ...limits,
      types,
    };
    return Promise.resolve({
      createPoolClient({ clientEventEmitter }) {
        const client = new pg.Client(config);
        // It stays, since sockets break late, too.
        client.on('error', (error) => clientEventEmitter.emit('error', toSlonikError(error)));
        client.on('notice', ({ message = '' }) => clientEventEmitter.emit('notice', { message }));
        return Promise.resolve({
          async connect() {
            await client.connect();
          },
          end: () => client.end(),
          query: (sql, values = [], { name } = {}) =>
            client
              .query<Record<string, unknown>>({
                text: sql,
                values,
                ...(name !== undefined && { name }),
              })
              .then(toSlonikResult, (error: unknown) => {
                throw toSlonikError(error);
              }),
          stream() {
            throw new Error('There are no streams of rows: read page by page.');
          },
        });
      },
    });
  });
}

/** The SQLSTATE of a connection that PostgreSQL ends. */
const ADMIN_SHUTDOWN = '57P01';

const COMMANDS: readonly string[] = ['COPY', 'DELETE', 'INSERT', 'SELECT', 'UPDATE'];
const isCommand = (command: string): command is DriverCommand => COMMANDS.includes(command);

function toSlonikResult({
  command,
  fields,
  rowCount,
  rows,
}: pg.QueryResult<Record<string, unknown>>) {
  return {
    // What opens and closes transactions has no name there, and nobody asks for it.
    command: isCommand(command) ? command : ('SELECT' as const),
    fields: fields.map(({ dataTypeID, name }) => ({ dataTypeId: dataTypeID, name })),
    rowCount,
    rows,
  };
}

/** Slonik has to know that a connection is at an end; all else is told by the SQLSTATE. */
function toSlonikError(error: unknown): Error {
  if (!(error instanceof Error)) return new Error('The driver has thrown no error.');
  const isEnd =
    /connection terminated|not queryable/i.test(error.message) ||
    (error instanceof pg.DatabaseError && error.code === ADMIN_SHUTDOWN);
  return isEnd ? new BackendTerminatedError(error) : error;
}
