import { ofKind } from '../mutant.ts';

/** Each condition that keeps users apart, and each that keeps strangers out, taken away. */
export const ownershipMutants = ofKind('behaviour', [
  {
    name: 'the owner of a path is not compared with the token',
    file: 'src/http/dispatch.ts',
    find: 'if (req.params.user_id !== principal.subject) {',
    replace: 'if (req.params.user_id === undefined) {',
    tests: ['tests/contract/authorization'],
  },
  {
    name: 'the owner of a path is not compared for HEAD',
    file: 'src/http/dispatch.ts',
    find: 'if (req.params.user_id !== principal.subject) {',
    replace: "if (req.method !== 'HEAD' && req.params.user_id !== principal.subject) {",
    tests: ['tests/contract/authorization', 'tests/http/headers'],
  },
  {
    name: 'the owner of a path is compared in any case of letters',
    file: 'src/http/dispatch.ts',
    find: 'if (req.params.user_id !== principal.subject) {',
    replace: 'if (String(req.params.user_id).toLowerCase() !== principal.subject.toLowerCase()) {',
    tests: ['tests/contract/authorization'],
  },
  {
    name: 'a list has the tasks of all',
    file: 'src/tasks/queries.ts',
    find: 'WHERE tasks.user_id = ${owner.subject} ${filter} ${start}',
    replace: 'WHERE true ${filter} ${start}',
    tests: ['tests/operations/list-tasks.test'],
  },
  {
    name: 'a task of anybody can be read',
    file: 'src/tasks/queries.ts',
    find: 'WHERE tasks.user_id = ${owner.subject} AND tasks.id = ${id}::uuid\n        ) AS found',
    replace: 'WHERE tasks.id = ${id}::uuid\n        ) AS found',
    tests: ['tests/operations/get-task'],
  },
  {
    name: 'a change is made to every task of that id',
    file: 'src/tasks/writes.ts',
    find: 'FROM owner\n      WHERE tasks.user_id = ${owner.subject} AND tasks.id',
    replace: 'FROM owner\n      WHERE tasks.id',
    tests: ['tests/operations/update-task.test', 'tests/operations/replace-task'],
  },
  {
    name: 'a deletion deletes every task of that id',
    file: 'src/tasks/writes.ts',
    find: 'USING owner\n      WHERE tasks.user_id = ${owner.subject} AND tasks.id',
    replace: 'USING owner\n      WHERE tasks.id',
    tests: ['tests/operations/delete-task'],
  },
  {
    name: 'the task of anybody is locked for a change',
    file: 'src/tasks/writes.ts',
    find: `JOIN tasks ON tasks.user_id = holder.user_id
      WHERE tasks.user_id = \${owner.subject} AND tasks.id`,
    replace: `JOIN tasks ON tasks.user_id <> ''
      WHERE tasks.id`,
    tests: ['tests/operations/update-task.test', 'tests/operations/delete-task'],
  },
  {
    name: 'a change counts for every user',
    file: 'src/tasks/writes.ts',
    find: 'WHERE users.user_id = ${owner.subject} AND users.user_id = target.user_id\n        AND',
    replace: 'WHERE',
    tests: ['tests/operations/update-task.test', 'tests/operations/delete-task'],
  },
  {
    name: 'the revision is that of anybody',
    file: 'src/db/revision.ts',
    find: '(SELECT users.revision FROM users WHERE users.user_id = ${subject})',
    replace:
      "(SELECT max(users.revision) FROM users WHERE users.user_id <> '' OR users.user_id = ${subject})",
    tests: ['tests/operations/get-user', 'tests/operations/list-tasks.test'],
  },
  {
    name: 'an erasure by anybody kills the tokens of all',
    file: 'src/db/owner.ts',
    find: 'SELECT FROM users WHERE users.user_id = ${owner.subject} AND NOT ${isLive(owner)}',
    replace: 'SELECT FROM users WHERE NOT ${isLive(owner)}',
    tests: ['tests/operations/delete-user'],
  },
  {
    name: 'the account says when anybody came',
    file: 'src/users/queries.ts',
    find: 'WHERE users.user_id = ${owner.subject}\n              AND (users.erased_at',
    replace: 'WHERE (users.erased_at',
    tests: ['tests/operations/get-user'],
  },
  {
    name: 'the account counts the tasks of all',
    file: 'src/users/queries.ts',
    find: 'WHERE tasks.user_id = ${owner.subject} AND NOT ${isRevoked(owner)}',
    replace: 'WHERE NOT ${isRevoked(owner)}',
    tests: ['tests/operations/get-user'],
  },
  {
    name: 'an export has the tasks of all',
    file: 'src/users/queries.ts',
    find: 'WHERE tasks.user_id = ${owner.subject} ${after}',
    replace: 'WHERE true ${after}',
    tests: ['tests/operations/export-user.test'],
  },
  {
    name: 'an erasure deletes the tasks of all',
    file: 'src/users/erasure.ts',
    find: `WHERE tasks.user_id = \${owner.subject} AND \${isBehind}
        ORDER BY tasks.id
        LIMIT \${pageSize(BATCH)}
      ), last AS MATERIALIZED (
        SELECT doomed.id FROM doomed ORDER BY doomed.id DESC LIMIT 1
      ), deleted AS (
        DELETE FROM tasks
        WHERE tasks.user_id = \${owner.subject} AND`,
    replace: `WHERE \${isBehind}
        ORDER BY tasks.id
        LIMIT \${pageSize(BATCH)}
      ), last AS MATERIALIZED (
        SELECT doomed.id FROM doomed ORDER BY doomed.id DESC LIMIT 1
      ), deleted AS (
        DELETE FROM tasks
        WHERE`,
    tests: ['tests/operations/delete-user.test'],
  },
  {
    name: 'an erasure deletes the idempotency keys of all',
    file: 'src/db/idempotency-keys.ts',
    find: [
      'WHERE user_id = ${subject} AND (operation, key) > (${operation}, ${key}) ${condition}',
      '        ORDER BY operation, key',
      '        LIMIT ${pageSize(BATCH)}',
      '        ${lock}',
      '      ), deleted AS (',
      '        DELETE FROM idempotency_keys',
      "        WHERE user_id || '' = ${subject} AND ctid",
    ].join('\n'),
    replace: [
      "WHERE ${subject} <> '' AND (operation, key) > (${operation}, ${key}) ${condition}",
      '        ORDER BY operation, key',
      '        LIMIT ${pageSize(BATCH)}',
      '        ${lock}',
      '      ), deleted AS (',
      '        DELETE FROM idempotency_keys',
      '        WHERE ctid',
    ].join('\n'),
    tests: [
      'tests/operations/delete-user.test',
      'tests/idempotency/erasure',
      'tests/idempotency/expiry',
    ],
  },
  {
    name: 'an erasure leaves the idempotency keys',
    file: 'src/users/erasure.ts',
    find: `    await deleteKeys(transaction, owner);
`,
    replace: `    if (owner.subject === '') await deleteKeys(transaction, owner);
`,
    tests: [
      'tests/operations/delete-user.test',
      'tests/idempotency/erasure',
      'tests/idempotency/expiry',
    ],
  },
  {
    name: 'an erasure deletes the tasks of others in the same range of ids',
    file: 'src/users/erasure.ts',
    find: 'DELETE FROM tasks\n        WHERE tasks.user_id = ${owner.subject} AND',
    replace: 'DELETE FROM tasks\n        WHERE',
    tests: ['tests/operations/delete-user.many'],
  },
  {
    name: 'a change locks every user',
    file: 'src/tasks/writes.ts',
    find: 'FROM users\n      WHERE users.user_id = ${owner.subject}\n      FOR NO KEY UPDATE',
    replace: 'FROM users\n      FOR NO KEY UPDATE',
    tests: ['tests/operations/update-task.test', 'tests/operations/delete-task'],
  },
  {
    name: 'a user without a row is erased at any revision when there are others',
    file: 'src/users/erasure.ts',
    find: 'OR EXISTS (SELECT FROM users WHERE users.user_id = ${owner.subject})',
    replace: 'OR EXISTS (SELECT FROM users)',
    tests: ['tests/operations/delete-user.test'],
  },
  {
    name: 'an idempotency key replays the answer of anybody',
    file: 'src/db/idempotency-keys.ts',
    find: 'FROM idempotency_keys\n    WHERE user_id = ${owner.subject} AND operation = ${operation} AND key = ${key}`);\n}\n\nconst nothing',
    replace:
      'FROM idempotency_keys\n    WHERE operation = ${operation} AND key = ${key} ORDER BY user_id LIMIT 1`);\n}\n\nconst nothing',
    tests: ['tests/idempotency/replay'],
  },
  {
    name: 'an answer is kept under the key of everybody',
    file: 'src/db/idempotency-keys.ts',
    find: 'body = ${body}\n    WHERE user_id = ${owner.subject} AND operation',
    replace: 'body = ${body}\n    WHERE operation',
    tests: ['tests/idempotency/replay'],
  },
  {
    name: 'a refused request frees the key of everybody',
    file: 'src/db/idempotency-keys.ts',
    find: 'DELETE FROM idempotency_keys\n    WHERE user_id = ${owner.subject} AND operation',
    replace: 'DELETE FROM idempotency_keys\n    WHERE operation',
    tests: ['tests/idempotency/refused'],
  },
  {
    name: 'the token of an erased user lives on',
    file: 'src/db/owner.ts',
    find: "if (row.revoked) throw new AuthenticationError('revoked');",
    replace: "if (row.revoked === undefined) throw new AuthenticationError('revoked');",
    tests: ['tests/operations/delete-user.tokens'],
  },
  {
    name: 'a token has no end',
    file: 'src/auth/claims.ts',
    find: "if (seconds >= claims.expiresAt) throw new AuthenticationError('expired');",
    replace: "if (seconds >= claims.expiresAt + 1e9) throw new AuthenticationError('expired');",
    tests: ['tests/unit/auth-claims', 'tests/contract/authorization'],
  },
  {
    name: 'a token may be of any type',
    file: 'src/auth/verify.ts',
    find: "if (!ACCESS_TOKEN_TYPES.includes(normalizedType(typ))) throw new AuthenticationError('type');",
    replace:
      "if (ACCESS_TOKEN_TYPES.includes([normalizedType(typ)])) throw new AuthenticationError('type');",
    tests: ['tests/unit/auth-claims', 'tests/unit/auth-signature'],
  },
  {
    name: 'a token may come from any issuer',
    file: 'src/auth/verify.ts',
    find: '...(config.issuer === undefined ? {} : { issuer: config.issuer }),',
    replace: '',
    tests: ['tests/unit/auth-claims', 'tests/unit/auth-public-keys'],
  },
  {
    name: 'the log names users',
    file: 'src/http/context.ts',
    find: 'startRequestLine({ req, res, logger, ids, notes, database, hash })',
    replace:
      'startRequestLine({ req, res, logger, ids, notes, database, hash: (user: string) => (hash(user), user) })',
    tests: ['tests/http/logs', 'tests/security'],
  },
]);
