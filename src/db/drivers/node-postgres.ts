import pg from 'pg';
import { createDriverFactory, type DriverFactory } from 'slonik';
import { createBatches } from './batches.ts';
import {
  readWanted,
  toPoolClient,
  toSlonikError,
  type DriverOptions,
  type Send,
} from './clients.ts';
import { Statement, type KnownColumns } from './statement.ts';

/** What the names of statements begin with that read, by an index and no more than a page, and do nothing else (`tests/plans`). */
const SHORT = 'select_';

/**
 * Slonik's driver for TCP on node-postgres, in place of `@slonik/pg-driver`. That one asks the database for
 * the numbers of its types on a connection that has no listener for errors: breaking there ends the process. And
 * it knows no `lock_timeout`.
 */
export function createNodePostgresDriver(options: DriverOptions): DriverFactory {
  return createDriverFactory(({ driverConfiguration }) => {
    const sendTogether = createBatches();
    const { config, sslMode } = readWanted(driverConfiguration, options);
    const ssl = sslMode === 'no-verify' ? { rejectUnauthorized: false } : sslMode === 'require';
    return Promise.resolve({
      createPoolClient({ clientEventEmitter }) {
        const client = new pg.Client({ ...config, ssl, keepAlive: true });
        // Slonik stops listening when it gives a client up, and sockets break later than that.
        clientEventEmitter.on('error', () => undefined);
        client.on('error', (error) => clientEventEmitter.emit('error', toSlonikError(error)));
        client.on('notice', ({ message = '' }) => clientEventEmitter.emit('notice', { message }));
        const known: KnownColumns = new Map();
        const line = { client, known };
        const send: Send = (text, values, name, onEnd) => {
          const isInTransaction = client.getTransactionStatus() !== 'I';
          if (name?.startsWith(SHORT) && !isInTransaction)
            sendTogether({ line, text, values, name, onEnd });
          else client.query(new Statement(known, text, values, name, onEnd));
        };
        return Promise.resolve(toPoolClient(client, send, toSlonikError));
      },
    });
  });
}
