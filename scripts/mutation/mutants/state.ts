import { ofKind } from '../mutant.ts';

/** What is remembered, counted or kept from one request to the next, gone wrong. */
export const stateMutants = ofKind('behaviour', [
  {
    name: 'the ETag of a task does not change with it',
    file: 'src/tasks/writes.ts',
    find: 'sql.fragment`revision = owner.revision`',
    replace: 'sql.fragment`revision = tasks.revision + 0 * owner.revision`',
    tests: ['tests/operations/update-task.test', 'tests/preconditions/if-match'],
  },
  {
    name: 'the ETag of a list does not change with a task',
    file: 'src/tasks/writes.ts',
    find: 'SET revision = users.revision + 1',
    replace: 'SET revision = users.revision',
    tests: ['tests/operations/update-task.test', 'tests/operations/list-tasks.test'],
  },
  {
    name: 'the ETag of a list does not change with a new task',
    file: 'src/tasks/queries.ts',
    find: 'revision = users.revision + 1,',
    replace: 'revision = users.revision,',
    tests: ['tests/operations/create-task', 'tests/operations/list-tasks.test'],
  },
  {
    name: 'updated_at stays when a task changes',
    file: 'src/tasks/writes.ts',
    find: 'sql.fragment`updated_at = ${changedAt}`',
    replace: 'sql.fragment`updated_at = tasks.updated_at`',
    tests: ['tests/operations/update-task.test'],
  },
  {
    name: 'completed_at moves when a completed task is completed',
    file: 'src/tasks/writes.ts',
    find: 'THEN coalesce(tasks.completed_at, ${changedAt}) END',
    replace: 'THEN ${changedAt} END',
    tests: ['tests/operations/set-task-completion'],
  },
  {
    name: 'a patch leaves a description that it clears',
    file: 'src/tasks/writes.ts',
    find: 'values[field] !== undefined',
    replace: '(values[field] ?? undefined) !== undefined',
    tests: ['tests/operations/update-task.test'],
  },
  {
    name: 'If-Match is not looked at',
    file: 'src/tasks/change-task.ts',
    find: "const expected = expectedRevisions(headers['if-match']);",
    replace: "const expected = expectedRevisions(headers['if-match'] && '*');",
    tests: ['tests/preconditions/if-match'],
  },
  {
    name: 'two writers of one revision both succeed',
    file: 'src/tasks/writes.ts',
    find: `WHERE users.user_id = \${owner.subject}
      FOR NO KEY UPDATE
    ), target AS MATERIALIZED (
      SELECT tasks.user_id, tasks.revision, holder.live
      FROM holder
      JOIN tasks ON tasks.user_id = holder.user_id
      WHERE tasks.user_id = \${owner.subject} AND tasks.id = \${id}::uuid
      FOR UPDATE OF tasks
`,
    replace: `WHERE users.user_id = \${owner.subject}
    ), target AS MATERIALIZED (
      SELECT tasks.user_id, tasks.revision, holder.live
      FROM holder
      JOIN tasks ON tasks.user_id = holder.user_id
      WHERE tasks.user_id = \${owner.subject} AND tasks.id = \${id}::uuid
`,
    tests: ['tests/preconditions/concurrency'],
  },
  {
    name: 'a cursor is good for any order and filter',
    file: 'src/db/cursors.ts',
    find: 'return encodeCursor(scope, position) === cursor ? position : undefined;',
    replace: 'return position;',
    tests: [
      'tests/unit/cursors',
      'tests/operations/list-tasks.test',
      'tests/operations/list-tasks.paging',
    ],
  },
  {
    name: 'a cursor is good for any filter',
    file: 'src/db/cursors.ts',
    find: 'JSON.stringify([sort, completed ?? null, key, id])',
    replace: 'JSON.stringify([sort, completed === undefined, key, id])',
    tests: [
      'tests/unit/cursors',
      'tests/operations/list-tasks.test',
      'tests/operations/list-tasks.paging',
    ],
  },
  {
    name: 'tasks of one moment are in no order',
    file: 'src/tasks/queries.ts',
    find: 'ORDER BY ${key} ${direction}, tasks.id ${direction}',
    replace: 'ORDER BY ${key} ${direction}, md5(tasks.id::text)',
    tests: ['tests/operations/list-tasks.test', 'tests/operations/list-tasks.paging'],
  },
  {
    name: 'the filter is the other way round',
    file: 'src/tasks/queries.ts',
    find: '      : completed\n',
    replace: '      : !completed\n',
    tests: ['tests/operations/list-tasks.test', 'tests/operations/list-tasks.paging'],
  },
  {
    name: 'there is no second page',
    file: 'src/tasks/list-tasks.ts',
    find: 'limit: limit + 1 }',
    replace: 'limit }',
    tests: ['tests/operations/list-tasks.test', 'tests/operations/list-tasks.paging'],
  },
  {
    name: 'a page repeats the last task of the page before',
    file: 'src/tasks/queries.ts',
    find: 'descending ? sql.fragment`<` : sql.fragment`>`',
    replace: 'descending ? sql.fragment`<=` : sql.fragment`>=`',
    tests: ['tests/operations/list-tasks.test', 'tests/operations/list-tasks.paging'],
  },
  {
    name: 'requests are not counted',
    file: 'src/http/limits/windows.ts',
    find: 'known.consumed += 1;',
    replace: '',
    tests: ['tests/http/rate-limit', 'tests/unit/rate-limiter'],
  },
  {
    name: 'failures to authenticate are not counted',
    file: 'src/http/dispatch.ts',
    find: 'const state = isFailure ? await limiter',
    replace: 'const state = isFailure && res.headersSent ? await limiter',
    tests: ['tests/http/rate-limit'],
  },
  {
    name: 'all users share one limit',
    file: 'src/http/dispatch.ts',
    find: 'limiter.countRequest(principal.subject)',
    replace: "limiter.countRequest('user')",
    tests: ['tests/http/rate-limit'],
  },
  {
    name: 'an answer is not kept for its idempotency key',
    file: 'src/http/idempotency.ts',
    find: '  await storeAnswer(db, scope, { status: answer.status, headers, body: text });\n',
    replace:
      '  if (text === undefined) await storeAnswer(db, scope, { status: answer.status, headers, body: text });\n',
    tests: ['tests/idempotency/replay'],
  },
  {
    name: 'an idempotency key is not kept',
    file: 'src/http/idempotency.ts',
    find: 'if (answer.status > 299) {',
    replace: 'if (answer.status > 199) {',
    tests: ['tests/idempotency/replay'],
  },
  {
    name: 'an idempotency key replays its answer to another request',
    file: 'src/http/idempotency.ts',
    find: '  if (!same) {',
    replace: '  if (same === undefined) {',
    tests: ['tests/idempotency/replay'],
  },
  {
    name: 'a replayed answer does not say so',
    file: 'src/http/idempotency.ts',
    find: "{ ...headers, 'Idempotency-Replayed': 'true' }",
    replace: 'headers',
    tests: ['tests/idempotency/replay'],
  },
  {
    name: 'idempotency keys are kept for two days',
    file: 'src/db/idempotency-keys.ts',
    find: "const KEPT = '24 hours';",
    replace: "const KEPT = '48 hours';",
    tests: ['tests/idempotency/expiry'],
  },
  {
    name: 'the database takes titles of any length',
    file: 'src/db/migrations/0002_tasks.sql',
    find: '  CONSTRAINT tasks_title_length CHECK (char_length(title) BETWEEN 1 AND 255),\n',
    replace: '',
    tests: ['tests/unit/schema'],
  },
  {
    name: 'the database takes blank titles',
    file: 'src/db/migrations/0002_tasks.sql',
    find: 'CONSTRAINT tasks_title_not_blank CHECK (title ~ ',
    replace: "CONSTRAINT tasks_title_not_blank CHECK (title <> '' OR title ~ ",
    tests: ['tests/unit/schema'],
  },
  {
    name: 'the database takes descriptions of any length',
    file: 'src/db/migrations/0002_tasks.sql',
    find: '  CONSTRAINT tasks_description_length CHECK (char_length(description) <= 10000),\n',
    replace: '',
    tests: ['tests/unit/schema'],
  },
  {
    name: 'the database takes ids of users with control characters',
    file: 'src/db/migrations/0001_users.sql',
    find: "  CONSTRAINT users_user_id_no_control CHECK (user_id ~ '^[^\\u0000-\\u001F\\u007F]+$'),\n",
    replace: '',
    tests: ['tests/unit/schema'],
  },
  {
    name: 'the database takes a task of nobody',
    file: 'src/db/migrations/0002_tasks.sql',
    find: '  CONSTRAINT tasks_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (user_id) ON DELETE CASCADE,\n',
    replace: '',
    tests: ['tests/unit/schema'],
  },
  {
    name: 'titles are sorted by the rules of a language',
    file: 'src/db/migrations/0002_tasks.sql',
    find: '  title text COLLATE "C" NOT NULL,',
    replace: '  title text COLLATE "unicode" NOT NULL,',
    tests: [
      'tests/unit/schema',
      'tests/operations/list-tasks.test',
      'tests/operations/list-tasks.paging',
      'tests/http/text',
    ],
  },
  {
    name: 'readiness does not look at the database',
    file: 'src/health/get-readiness.ts',
    find: `  await probe();
`,
    replace: `  await Promise.race([probe().catch(() => 0), 0]);
`,
    tests: ['tests/operations/get-readiness'],
  },
]);
