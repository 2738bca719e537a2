import { Readable } from 'node:stream';
import { sql } from 'slonik';
import { standardSchema } from '../contract/schemas.ts';
import type { Database } from './owner.ts';

/**
 * How long a snapshot may wait for whoever reads from it, as PostgreSQL writes a duration. Above the time
 * for which the sender puts up with a client that takes nothing, so that this is only the last resort.
 */
const PATIENCE = '60s';

const nothing = standardSchema<Record<string, never>>({ type: 'object' });

/**
 * Reads from the database as it is at one moment, for as long as somebody takes what is read: in a
 * read-only transaction that ends, and gives its connection back, when the stream is closed. So the stream
 * must be read to its end or destroyed. It reads nothing ahead, and nothing at all before it is asked to.
 * When the connection breaks, the stream breaks with it, even while it waits.
 *
 * @param begin the first read, for what must be known before the stream begins
 * @param read the rest, a piece at a time; each is one chunk of the stream
 * @throws what `begin` throws
 */
export function openSnapshot<Head>(
  db: Database,
  begin: (snapshot: Database) => Promise<Head>,
  read: (snapshot: Database) => AsyncIterable<string>,
): Promise<{ readonly head: Head; readonly stream: Readable }> {
  return new Promise((resolve, reject) => {
    let stream: Readable | undefined;
    db.transaction(async (snapshot) => {
      await snapshot.query(sql.type(nothing)`
        /* begin_snapshot */
        SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY`);
      await snapshot.query(sql.type(nothing)`
        /* allow_slow_reader */
        SELECT set_config('idle_in_transaction_session_timeout', ${PATIENCE}, true)`);
      const head = await begin(snapshot);
      stream = Readable.from(read(snapshot));
      // Whoever reads the stream sees the error; until somebody does, it must not end the process.
      stream.on('error', () => undefined);
      const closed = new Promise((resume) => stream?.once('close', resume));
      resolve({ head, stream });
      await closed;
    }).catch((error: unknown) => {
      if (stream) stream.destroy(error instanceof Error ? error : new Error(String(error)));
      else reject(error);
    });
  });
}
