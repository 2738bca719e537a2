import { ofKind } from '../mutant.ts';

/** They look at the document, so they are cheap. */
const LIKELY = ['tests/contract/examples', 'tests/contract/tightness', 'tests/unit/schema-bounds'];

const PATHS = 'openapi/paths';
const PARTS = 'openapi/components';

/** What the contract says of the operations, said wrongly. */
export const operationMutants = ofKind(
  'document',
  [
    {
      name: 'getTask does not say that a task may be missing',
      file: `${PATHS}/task.yaml`,
      find: "    '404':\n      $ref: ../components/responses/TaskNotFound.yaml\n    '429':",
      replace: "    '429':",
    },
    {
      name: 'getTask does not say that a task may be unchanged',
      file: `${PATHS}/task.yaml`,
      find: "    '304':\n      $ref: ../components/responses/NotModified.yaml\n",
      replace: '',
    },
    {
      name: 'deleteTask does not say that a precondition may fail',
      file: `${PATHS}/task.yaml`,
      find: "    '404':\n      $ref: ../components/responses/TaskNotFound.yaml\n    '412':\n      $ref: ../components/responses/PreconditionFailed.yaml\n    '413':\n      $ref: ../components/responses/ContentTooLarge.yaml\n    '428':",
      replace:
        "    '404':\n      $ref: ../components/responses/TaskNotFound.yaml\n    '413':\n      $ref: ../components/responses/ContentTooLarge.yaml\n    '428':",
    },
    {
      name: 'createTask does not say which media types it refuses',
      file: `${PATHS}/tasks.yaml`,
      find: "    '415':\n      $ref: ../components/responses/UnsupportedMediaType.yaml\n",
      replace: '',
      tests: ['tests/contract/statuses'],
    },
    {
      name: 'createTask does not say that a key may be reused',
      file: `${PATHS}/tasks.yaml`,
      find: "    '422':\n      $ref: ../components/responses/IdempotencyKeyReused.yaml\n",
      replace: '',
      tests: ['tests/contract/statuses'],
    },
    {
      name: 'listTasks does not say that it is limited',
      file: `${PATHS}/tasks.yaml`,
      find: "Forbidden.yaml\n    '429':\n      $ref: ../components/responses/TooManyRequests.yaml\n",
      replace: 'Forbidden.yaml\n',
    },
    {
      name: 'getReadiness does not say that it may not be ready',
      file: `${PATHS}/readyz.yaml`,
      find: "    '503':\n      $ref: ../components/responses/PublicServiceUnavailable.yaml\n",
      replace: '',
      tests: ['tests/operations/get-readiness', 'tests/contract/statuses'],
    },
    {
      name: 'getLiveness can be answered 503',
      file: `${PATHS}/livez.yaml`,
      find: "    '500':",
      replace:
        "    '503':\n      $ref: ../components/responses/PublicServiceUnavailable.yaml\n    '500':",
      tests: ['tests/contract/statuses'],
    },
    {
      name: 'deleteTask is answered 200',
      file: `${PATHS}/task.yaml`,
      find: "    '204':",
      replace: "    '200':",
    },
    {
      name: 'listTasks needs no token',
      file: `${PATHS}/tasks.yaml`,
      find: 'operationId: listTasks',
      replace: 'operationId: listTasks\n  security: []',
    },
    {
      name: 'deleteUser needs no token',
      file: `${PATHS}/user.yaml`,
      find: 'operationId: deleteUser',
      replace: 'operationId: deleteUser\n  security: []',
    },
    {
      name: 'no operation needs a token',
      file: 'openapi/openapi.yaml',
      find: 'security:\n  - bearerAuth: []',
      replace: 'security: []',
    },
    {
      name: 'tokens are optional',
      file: 'openapi/openapi.yaml',
      find: 'security:\n  - bearerAuth: []',
      replace: 'security:\n  - bearerAuth: []\n  - {}',
    },
    {
      name: 'getLiveness needs a token',
      file: `${PATHS}/livez.yaml`,
      find: '  security: []\n',
      replace: '',
    },
    {
      name: 'limit has another name',
      file: `${PARTS}/parameters/Limit.yaml`,
      find: 'name: limit',
      replace: 'name: page_size',
    },
    {
      name: 'completed has another name',
      file: `${PARTS}/parameters/Completed.yaml`,
      find: 'name: completed',
      replace: 'name: done',
    },
    {
      name: 'the user in the path has another name',
      file: `${PARTS}/parameters/UserId.yaml`,
      find: 'name: user_id',
      replace: 'name: owner_id',
    },
    {
      name: 'If-Match has another name',
      file: `${PARTS}/parameters/IfMatch.yaml`,
      find: 'name: If-Match',
      replace: 'name: If-Unchanged',
    },
    {
      name: 'sort is required',
      file: `${PARTS}/parameters/Sort.yaml`,
      find: 'required: false',
      replace: 'required: true',
      tests: ['tests/operations/list-tasks.test', 'tests/operations/list-tasks.paging'],
    },
    {
      name: 'listTasks takes no filter',
      file: `${PATHS}/tasks.yaml`,
      find: '    - $ref: ../components/parameters/Completed.yaml\n',
      replace: '',
    },
    {
      name: 'createTask takes no idempotency key',
      file: `${PATHS}/tasks.yaml`,
      find: '  parameters:\n    - $ref: ../components/parameters/IdempotencyKey.yaml\n',
      replace: '',
    },
    {
      name: 'a page may have a thousand tasks',
      file: `${PARTS}/parameters/Limit.yaml`,
      find: 'maximum: 100',
      replace: 'maximum: 1000',
      tests: ['tests/operations/list-tasks.test', 'tests/operations/list-tasks.paging'],
    },
    {
      name: 'a page has fifty tasks unless asked',
      file: `${PARTS}/parameters/Limit.yaml`,
      find: 'default: 20',
      replace: 'default: 50',
      tests: [
        'tests/operations/list-tasks.test',
        'tests/operations/list-tasks.paging',
        'tests/docs/readme',
      ],
    },
    {
      name: 'getTask has no ETag',
      file: `${PATHS}/task.yaml`,
      find: "  responses:\n    '200':\n      description: The task.\n      headers:\n        X-Request-Id:\n          $ref: ../components/headers/RequestId.yaml\n        ETag:\n          $ref: ../components/headers/ETag.yaml\n",
      replace:
        "  responses:\n    '200':\n      description: The task.\n      headers:\n        X-Request-Id:\n          $ref: ../components/headers/RequestId.yaml\n",
    },
    {
      name: 'createTask has no Location',
      file: `${PATHS}/tasks.yaml`,
      find: '        Location:\n          $ref: ../components/headers/Location.yaml\n',
      replace: '',
    },
    {
      name: 'listTasks has no Link',
      file: `${PATHS}/tasks.yaml`,
      find: '        Link:\n          $ref: ../components/headers/Link.yaml\n',
      replace: '',
    },
    {
      name: '401 has no challenge',
      file: `${PARTS}/responses/Unauthorized.yaml`,
      find: '  WWW-Authenticate:\n    $ref: ../headers/WwwAuthenticate.yaml\n',
      replace: '',
    },
    {
      name: '429 does not say when to come back',
      file: `${PARTS}/responses/TooManyRequests.yaml`,
      find: '  Retry-After:\n    $ref: ../headers/RetryAfter.yaml\n',
      replace: '',
    },
    {
      name: 'the current ETag is missing from 412',
      file: `${PARTS}/responses/PreconditionFailed.yaml`,
      find: '  ETag:\n    $ref: ../headers/ETag.yaml\n',
      replace: '',
    },
    {
      name: 'an ETag may be missing',
      file: `${PARTS}/headers/ETag.yaml`,
      find: 'required: true',
      replace: 'required: false',
      tests: ['tests/contract/examples', 'tests/contract/statuses'],
    },
    {
      name: 'a revision in an ETag begins with 1',
      file: `${PARTS}/headers/ETag.yaml`,
      find: '(?:0|[1-9]',
      replace: '(?:[1-9]',
      tests: [
        'tests/operations/list-tasks.test',
        'tests/operations/list-tasks.paging',
        'tests/operations/get-user',
      ],
    },
    {
      name: 'Location is somewhere else',
      file: `${PARTS}/headers/Location.yaml`,
      find: '^/api/[^/?#]+/tasks/',
      replace: '^/api/tasks/',
    },
    {
      name: 'a patch is plain JSON',
      file: `${PATHS}/task.yaml`,
      find: 'application/merge-patch+json:',
      replace: 'application/json:',
      tests: ['tests/operations/update-task.test'],
    },
    {
      name: 'a problem is plain JSON',
      file: `${PARTS}/responses/Forbidden.yaml`,
      find: 'application/problem+json:',
      replace: 'application/json:',
    },
    {
      name: 'an export is JSON only',
      file: `${PATHS}/user-export.yaml`,
      find: `        application/x-ndjson:
          schema:
            $ref: ../components/schemas/UserExportLines.yaml
          examples:
            full:
              $ref: ../components/examples/FullExportLines.yaml
            empty:
              $ref: ../components/examples/EmptyExportLines.yaml
`,
      replace: '',
    },
    {
      name: 'a new task needs no body',
      file: `${PATHS}/tasks.yaml`,
      find: '    required: true\n    content:',
      replace: '    required: false\n    content:',
    },
    {
      name: 'an operation has another name',
      file: `${PATHS}/livez.yaml`,
      find: 'operationId: getLiveness',
      replace: 'operationId: getPulse',
    },
    {
      name: 'an operation has another path',
      file: 'openapi/openapi.yaml',
      find: '  /api/{user_id}/tasks/{id}/complete:',
      replace: '  /api/{user_id}/tasks/{id}/completion:',
    },
    {
      name: 'an operation has another method',
      file: `${PATHS}/task-completion.yaml`,
      find: '\npatch:\n',
      replace: '\nput:\n',
    },
    {
      name: 'an operation is missing',
      file: 'openapi/openapi.yaml',
      find: '  /readyz:\n    $ref: paths/readyz.yaml\n',
      replace: '',
    },
    {
      name: 'schemas are read by the rules of an earlier draft',
      file: 'openapi/openapi.yaml',
      find: 'jsonSchemaDialect: https://json-schema.org/draft/2020-12/schema\n',
      replace: '',
      tests: ['tests/mock'],
    },
    {
      name: 'a link leads to the wrong place',
      file: `${PATHS}/tasks.yaml`,
      find: '        deleteTask:\n          operationId: deleteTask',
      replace: '        deleteTask:\n          operationId: removeTask',
    },
    {
      name: 'an example is not what its schema says',
      file: `${PARTS}/examples/OpenTask.yaml`,
      find: 'completed: false',
      replace: "completed: 'no'",
    },
  ],
  LIKELY,
);
