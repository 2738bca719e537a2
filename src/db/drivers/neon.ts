import { Client, type QueryResult } from '@neondatabase/serverless';
import {
  BackendTerminatedError,
  createDriverFactory,
  type DriverFactory,
  type DriverQueryResult,
} from 'slonik';
import {
  isError,
  ONE_STATEMENT,
  readWanted,
  toCommand,
  toPoolClient,
  toSlonikError,
  type DriverOptions,
  type Send,
} from './clients.ts';
import { answerAsNodePostgres } from './scram.ts';

/** What Neon's driver has to be told. */
export interface NeonDriverOptions extends DriverOptions {
  /** The WebSocket proxy in front of a PostgreSQL that is not Neon's; Neon's hosts have one of their own. */
  readonly proxy?: URL | undefined;
}

/**
 * Slonik's driver on `@neondatabase/serverless`: PostgreSQL's protocol through a WebSocket, which TLS
 * encrypts (`wss:`) and whose certificate is verified, whatever `sslmode` says. A proxy may be told to do without.
 */
export function createNeonDriver(options: NeonDriverOptions): DriverFactory {
  return createDriverFactory(({ driverConfiguration }) => {
    const { config } = readWanted(driverConfiguration, options);
    return Promise.resolve({
      createPoolClient({ clientEventEmitter }) {
        const client = new Client(config);
        // Otherwise a connection counts as made before the database has said anything, and when it then
        // turns out that there is none, nobody can tell whether the first statement was carried out.
        client.neonConfig.pipelineConnect = false;
        leadThrough(client, options.proxy);
        answerAsNodePostgres(client);
        // Slonik stops listening when it gives a client up, and sockets break later than that.
        clientEventEmitter.on('error', () => undefined);
        client.on('error', (error: unknown) => clientEventEmitter.emit('error', toError(error)));
        client.on('notice', ({ message = '' }) => clientEventEmitter.emit('notice', { message }));
        const send: Send = (text, values, name, onEnd) =>
          client.query(
            { text, values, ...(name !== undefined && { name }) },
            (error: unknown, result: QueryResult<Row>) => {
              if (error != null) onEnd(error);
              else if (Array.isArray(result)) onEnd(new Error(ONE_STATEMENT));
              else onEnd(undefined, toSlonikResult(result));
            },
          );
        return Promise.resolve(toPoolClient(client, send, toError));
      },
    });
  });
}

function toSlonikResult({ command, fields, rowCount, rows }: QueryResult<Row>): DriverQueryResult {
  return {
    command: toCommand(command),
    fields: fields.map(({ dataTypeID, name }) => ({ dataTypeId: dataTypeID, name })),
    rowCount,
    rows,
  };
}

type Row = Record<string, unknown>;

/** Neon's proxies, and those that stand in for them, are told the database by a parameter. */
function leadThrough({ neonConfig }: Client, proxy: URL | undefined): void {
  if (!proxy) return;
  neonConfig.useSecureWebSocket = proxy.protocol === 'wss:';
  neonConfig.wsProxy = (host, port) => {
    const url = new URL(proxy);
    url.searchParams.set('address', `${host}:${port}`);
    // The driver puts the scheme in front.
    return url.href.slice(`${url.protocol}//`.length);
  };
}

/** When the socket fails, the driver throws the event of it, which is no error, and says no more than that. */
function toError(thrown: unknown): Error {
  if (isError(thrown)) return toSlonikError(thrown);
  return new BackendTerminatedError(
    new Error('The WebSocket has failed.', { cause: reasonOf(thrown) }),
  );
}

function reasonOf(event: unknown): unknown {
  return typeof event === 'object' && event !== null && 'error' in event ? event.error : undefined;
}
