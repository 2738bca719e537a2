import pg from 'pg';
import type { Task } from '../support/scenarios.ts';

/** In place of a task's id: all that a user had was erased, also when that was nothing. */
export const ERASURE = 'erasure';

/** What one write left: the task as it was then, or that it was deleted. */
export interface Change {
  readonly revision: number;
  readonly id: string;
  readonly task: Task | undefined;
}

/** All changes of each user, in the order of their revisions. */
export type History = ReadonlyMap<string, readonly Change[]>;

/** Lets the database itself keep what every write does, whatever the servers then say. */
export async function keepHistory(databaseUrl: string): Promise<void> {
  await withClient(databaseUrl, (client) =>
    client.query(`
      CREATE TABLE history (user_id text, revision bigint, id text, task jsonb);
      CREATE FUNCTION keep_history() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_TABLE_NAME = 'users' THEN
          INSERT INTO history VALUES (NEW.user_id, NEW.revision, '${ERASURE}');
        ELSIF TG_OP = 'DELETE' THEN
          INSERT INTO history
          SELECT OLD.user_id, users.revision, OLD.id FROM users WHERE users.user_id = OLD.user_id;
        ELSE
          INSERT INTO history VALUES (NEW.user_id, NEW.revision, NEW.id, to_jsonb(NEW));
        END IF;
        RETURN NULL;
      END $$;
      CREATE TRIGGER keep_history AFTER INSERT OR UPDATE OR DELETE ON tasks
        FOR EACH ROW EXECUTE FUNCTION keep_history();
      CREATE TRIGGER keep_erasure AFTER INSERT OR UPDATE OF erased_at ON users
        FOR EACH ROW WHEN (NEW.erased_at IS NOT NULL) EXECUTE FUNCTION keep_history();`),
  );
}

/** Reads what was kept. */
export async function readHistory(databaseUrl: string): Promise<History> {
  const { rows } = await withClient(databaseUrl, (client) =>
    client.query('SELECT * FROM history ORDER BY user_id, revision'),
  );
  const history = new Map<string, Change[]>();
  for (const { user_id, revision, id, task } of rows) {
    const changes = history.get(user_id) ?? [];
    history.set(user_id, changes);
    changes.push({ revision: Number(revision), id, task: task === null ? undefined : shown(task) });
  }
  return history;
}

/** A row as the API shows it. */
function shown(row: any): Task {
  const at = (time: string) => new Date(time).toISOString();
  return {
    ...row,
    completed: row.completed_at !== null,
    created_at: at(row.created_at),
    updated_at: at(row.updated_at),
    completed_at: row.completed_at === null ? null : at(row.completed_at),
  };
}

async function withClient<Result>(
  databaseUrl: string,
  action: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    return await action(client);
  } finally {
    await client.end();
  }
}
