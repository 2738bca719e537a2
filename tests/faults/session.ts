import pg from 'pg';

/** A session of its own on a database, in which a test holds locks and looks at what others do. */
export interface Session {
  /** @returns the rows */
  query(text: string, values?: readonly unknown[]): Promise<any[]>;
  /** Waits until at least this many sessions of the database wait for a lock. */
  untilWaiting(count: number): Promise<void>;
  end(): Promise<void>;
}

/** Opens a session. The caller ends it. */
export async function openSession(databaseUrl: string): Promise<Session> {
  const client = new pg.Client(databaseUrl);
  // A test that breaks connections may break this one.
  client.on('error', () => undefined);
  await client.connect();
  const query = async (text: string, values: readonly unknown[] = []): Promise<any[]> =>
    (await client.query(text, [...values])).rows;
  return {
    query,
    async untilWaiting(count) {
      for (;;) {
        // Within a transaction, what others do is otherwise read once.
        await query('SELECT pg_stat_clear_snapshot()');
        const [row] = await query(`
          SELECT count(*)::int AS waiting FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock'`);
        if (row.waiting >= count) return;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    end: () => client.end(),
  };
}
