import pg from 'pg';
import { createDriverFactory, type DriverFactory } from 'slonik';
import {
  readWanted,
  toPoolClient,
  toSlonikError,
  type DriverOptions,
  type Send,
} from './clients.ts';

/**
 * A query as node-postgres makes it of a configuration, which it would copy with the descriptors of all properties each time; of a
 * text that takes a twentieth.
 */
class Statement extends pg.Query<Record<string, unknown>, unknown[]> {
  declare name: string | undefined;

  constructor(...[text, values, name, onEnd]: Parameters<Send>) {
    super(text, values, onEnd);
    this.name = name;
  }
}

/**
 * Slonik's driver for TCP on node-postgres, in place of `@slonik/pg-driver`. That one asks the database for
 * the numbers of its types on a connection that has no listener for errors: breaking there ends the process. And
 * it knows no `lock_timeout`.
 */
export function createNodePostgresDriver(options: DriverOptions): DriverFactory {
  return createDriverFactory(({ driverConfiguration }) => {
    const { config, sslMode } = readWanted(driverConfiguration, options);
    const ssl = sslMode === 'no-verify' ? { rejectUnauthorized: false } : sslMode === 'require';
    return Promise.resolve({
      createPoolClient({ clientEventEmitter }) {
        const client = new pg.Client({ ...config, ssl, keepAlive: true });
        // Slonik stops listening when it gives a client up, and sockets break later than that.
        clientEventEmitter.on('error', () => undefined);
        client.on('error', (error) => clientEventEmitter.emit('error', toSlonikError(error)));
        client.on('notice', ({ message = '' }) => clientEventEmitter.emit('notice', { message }));
        const send: Send = (...statement) => client.query(new Statement(...statement));
        return Promise.resolve(toPoolClient(client, send, toSlonikError));
      },
    });
  });
}
