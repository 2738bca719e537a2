import { sql, type DatabasePool } from 'slonik';
import type { Principal } from '../../src/auth/principal.ts';
import {
  freeKey,
  selectAnswer,
  storeAnswer,
  sweepKeys,
  takeKey,
} from '../../src/db/idempotency-keys.ts';
import { selectRevision } from '../../src/db/revision.ts';
import { openSnapshot } from '../../src/db/snapshot.ts';
import { createProbe } from '../../src/health/probe-database.ts';
import {
  insertTask,
  selectTask,
  selectTaskRevision,
  selectTasks,
  sortKey,
  sorts,
} from '../../src/tasks/queries.ts';
import { removeTask, updateTaskFields } from '../../src/tasks/writes.ts';
import { eraseUser } from '../../src/users/erasure.ts';
import { selectUser, taskPages } from '../../src/users/queries.ts';
import { contract } from '../support/contract.ts';

/** The most that one page reads: the contract's limit, and one more. */
const LIMIT = 101;
/** The most of an export that is read at once, so that few tasks are several pages, too. */
const EXPORTED = 10;
const NEW_ID = '01920000-0000-7000-8000-000000000001';
const VALUES: Readonly<Record<string, unknown>> = {
  title: 'newer',
  description: 'x',
  completed: true,
};

/**
 * Runs every statement of `src/` at least once, in every variant that differs in more than its values.
 *
 * @param users who have tasks; they are erased in the end
 */
export async function runEverything(db: DatabasePool, users: readonly Principal[]): Promise<void> {
  for (const user of users) {
    await runReads(db, user);
    await runWrites(db, user);
    await runKeys(db, user);
    await eraseUser(db, user, [1]);
    await eraseUser(db, user, undefined);
  }
}

async function runReads(db: DatabasePool, owner: Principal): Promise<void> {
  await createProbe(db)();
  await selectRevision(db, owner);
  await selectUser(db, owner);
  const id = await db.oneFirst(sql.unsafe`
    SELECT id FROM tasks
    WHERE user_id = ${owner.subject}
    ORDER BY created_at
    OFFSET (SELECT count(*) / 2 FROM tasks WHERE user_id = ${owner.subject}) LIMIT 1`);
  const last = await selectTask(db, owner, String(id));
  if (!last) throw new Error('There are no tasks to read.');
  await selectTaskRevision(db, owner, last.id);
  for (const sort of sorts) {
    const position = { key: sortKey(last, sort), id: last.id };
    for (const completed of [undefined, true, false]) {
      for (const after of [undefined, position]) {
        await selectTasks(db, owner, { sort, completed, after, limit: LIMIT });
      }
    }
  }
  const { stream } = await openSnapshot(
    db,
    (snapshot) => selectRevision(snapshot, owner),
    async function* (snapshot) {
      for await (const page of taskPages(snapshot, owner, EXPORTED)) yield String(page.length);
    },
  );
  await stream.toArray();
}

/** Every choice of what a patch can change, which is at least one thing. */
export const patches: readonly object[] = Object.keys(
  contract.components.schemas.UpdateTask.properties,
)
  .reduce<string[][]>((chosen, name) => chosen.flatMap((names) => [names, [...names, name]]), [[]])
  .filter(({ length }) => length > 0)
  .map((names) => Object.fromEntries(names.map((name) => [name, VALUES[name]])));

async function runWrites(db: DatabasePool, owner: Principal): Promise<void> {
  await insertTask(db, owner, NEW_ID, { title: 'new', description: null, completed: false });
  for (const expected of [undefined, [1, 2]]) {
    for (const patch of patches) await updateTaskFields(db, owner, NEW_ID, patch, expected);
  }
  await removeTask(db, owner, NEW_ID, [1]);
  await removeTask(db, owner, NEW_ID, undefined);
}

async function runKeys(db: DatabasePool, owner: Principal): Promise<void> {
  const keyed = { owner, operation: 'createTask', key: 'a-new-key' };
  const fingerprint = Buffer.alloc(32);
  await takeKey(db, keyed, fingerprint);
  await storeAnswer(db, keyed, { status: 201, headers: {}, body: null });
  await selectAnswer(db, keyed, fingerprint);
  await freeKey(db, keyed);
  await sweepKeys(db, 1_000);
}

/** Adds idempotency keys to users whose ids begin so, most of them of the last day. */
export async function addKeys(db: DatabasePool, prefix: string): Promise<void> {
  await db.query(sql.unsafe`
    INSERT INTO idempotency_keys (user_id, operation, key, fingerprint, created_at, status, headers)
    SELECT user_id, 'createTask', 'key-' || n, sha256('x'), now() - n * interval '90 minutes', 201, '{}'
    FROM users, generate_series(1, 20) AS n
    WHERE user_id LIKE ${`${prefix}%`}`);
}
