import { ofKind } from '../mutant.ts';

/** They look at the document, so they are cheap. */
const LIKELY = ['tests/contract/examples', 'tests/contract/tightness', 'tests/unit/schema-bounds'];

const SCHEMAS = 'openapi/components/schemas';

/** What the contract says of the data, said wrongly. */
export const schemaMutants = ofKind(
  'document',
  [
    {
      name: 'a task need not have a title',
      file: `${SCHEMAS}/Task.yaml`,
      find: '[id, user_id, title,',
      replace: '[id, user_id,',
    },
    {
      name: 'a page need not have a cursor',
      file: `${SCHEMAS}/TaskPage.yaml`,
      find: 'required: [items, next_cursor]',
      replace: 'required: [items]',
    },
    {
      name: 'a new task need not have a title',
      file: `${SCHEMAS}/CreateTask.yaml`,
      find: 'required: [title]\n',
      replace: '',
    },
    {
      name: 'a replacement need not have a description',
      file: `${SCHEMAS}/ReplaceTask.yaml`,
      find: 'required: [title, description, completed]',
      replace: 'required: [title, completed]',
    },
    {
      name: 'a problem need not have a request_id',
      file: `${SCHEMAS}/Problem.yaml`,
      find: ', code, request_id]',
      replace: ', code]',
    },
    {
      name: 'completed is a text',
      file: `${SCHEMAS}/Task.yaml`,
      find: 'type: boolean',
      replace: 'type: string',
    },
    {
      name: 'the revision of a task may be a fraction',
      file: `${SCHEMAS}/Revision.yaml`,
      find: 'type: integer',
      replace: 'type: number',
    },
    {
      name: 'the revision of a task is a text',
      file: `${SCHEMAS}/Revision.yaml`,
      find: 'type: integer',
      replace: 'type: string',
    },
    {
      name: 'a description cannot be null',
      file: `${SCHEMAS}/Description.yaml`,
      find: "type: [string, 'null']",
      replace: 'type: string',
    },
    {
      name: 'a task is always completed at some time',
      file: `${SCHEMAS}/Task.yaml`,
      find: "      - $ref: Timestamp.yaml\n      - type: 'null'",
      replace: '      - $ref: Timestamp.yaml',
    },
    {
      name: 'times are days',
      file: `${SCHEMAS}/Timestamp.yaml`,
      find: 'format: date-time',
      replace: 'format: date',
    },
    {
      name: 'times have no format',
      file: `${SCHEMAS}/Timestamp.yaml`,
      find: 'format: date-time\n',
      replace: '',
    },
    {
      name: 'times may be in a leap second',
      file: `${SCHEMAS}/Timestamp.yaml`,
      find: String.raw`:[0-5]\d\.\d{3}Z$`,
      replace: String.raw`:\d{2}\.\d{3}Z$`,
    },
    {
      name: 'ids of tasks have no format',
      file: `${SCHEMAS}/TaskId.yaml`,
      find: 'format: uuid\n',
      replace: '',
    },
    {
      name: 'lists can be sorted by completion',
      file: `${SCHEMAS}/Sort.yaml`,
      find: "title, '-title']",
      replace: "title, '-title', completed]",
    },
    {
      name: 'lists cannot be sorted by title downwards',
      file: `${SCHEMAS}/Sort.yaml`,
      find: ", '-title']",
      replace: ']',
    },
    {
      name: 'lists are sorted the other way unless asked',
      file: `${SCHEMAS}/Sort.yaml`,
      find: "default: '-created_at'",
      replace: 'default: created_at',
      tests: ['tests/operations/list-tasks.test', 'tests/operations/list-tasks.paging'],
    },
    {
      name: 'there is a code that no problem has',
      file: `${SCHEMAS}/ProblemCode.yaml`,
      find: '  - service_unavailable\nexamples',
      replace: '  - service_unavailable\n  - teapot\nexamples',
    },
    {
      name: 'a code is gone',
      file: `${SCHEMAS}/ProblemCode.yaml`,
      find: '  - malformed_body\n',
      replace: '',
    },
    {
      name: '403 says that it is 404',
      file: `${SCHEMAS}/ForbiddenProblem.yaml`,
      find: 'const: 403',
      replace: 'const: 404',
    },
    {
      name: '401 can have the code of 403',
      file: `${SCHEMAS}/UnauthorizedProblem.yaml`,
      find: 'enum: [authentication_required, invalid_token]',
      replace: 'enum: [authentication_required, invalid_token, forbidden]',
      tests: ['tests/contract/examples'],
    },
    {
      name: 'a title may have 256 characters',
      file: `${SCHEMAS}/Title.yaml`,
      find: 'maxLength: 255',
      replace: 'maxLength: 256',
    },
    {
      name: 'a title may be empty',
      file: `${SCHEMAS}/Title.yaml`,
      find: 'minLength: 1',
      replace: 'minLength: 0',
    },
    {
      name: 'a title may be blank',
      file: `${SCHEMAS}/Title.yaml`,
      find: String.raw`[^\u0000\u0009-\u000D\u0020\u0085`,
      replace: String.raw`[^\u0000\u0085`,
    },
    {
      name: 'a description may have 20000 characters',
      file: `${SCHEMAS}/Description.yaml`,
      find: 'maxLength: 10000',
      replace: 'maxLength: 20000',
    },
    {
      name: 'a description may have U+0000',
      file: `${SCHEMAS}/Description.yaml`,
      find: String.raw`pattern: '^[^\u0000]*$'`,
      replace: `pattern: '^[^]*$'`,
    },
    {
      name: 'the id of a user may have 256 characters',
      file: `${SCHEMAS}/UserId.yaml`,
      find: 'maxLength: 255',
      replace: 'maxLength: 256',
    },
    {
      name: 'a cursor is shorter than those that the server makes',
      file: `${SCHEMAS}/Cursor.yaml`,
      find: 'maxLength: 2400',
      replace: 'maxLength: 120',
      tests: [
        'tests/unit/cursors',
        'tests/operations/list-tasks.test',
        'tests/operations/list-tasks.paging',
      ],
    },
    {
      name: 'a page has at most ten tasks',
      file: `${SCHEMAS}/TaskPage.yaml`,
      find: 'maxItems: 100',
      replace: 'maxItems: 10',
      tests: ['tests/operations/list-tasks.test', 'tests/operations/list-tasks.paging'],
    },
    {
      name: 'the revision of a task ends at 2^31',
      file: `${SCHEMAS}/Revision.yaml`,
      find: 'maximum: 9007199254740991',
      replace: 'maximum: 2147483647',
    },
    {
      name: 'a user without a write is at revision 1',
      file: `${SCHEMAS}/User.yaml`,
      find: 'format: int64\n    minimum: 0',
      replace: 'format: int64\n    minimum: 1',
      tests: ['tests/contract/examples', 'tests/operations/get-user'],
    },
    {
      name: 'an idempotency key may have spaces',
      file: `${SCHEMAS}/IdempotencyKey.yaml`,
      find: String.raw`[\u0021\u0023-\u007E][\u0021-\u007E]{0,254}`,
      replace: String.raw`[\u0021\u0023-\u007E][\u0020-\u007E]{0,254}`,
      tests: ['tests/contract/examples', 'tests/idempotency/keys'],
    },
    {
      name: 'a new task is completed unless it says otherwise',
      file: `${SCHEMAS}/CreateTask.yaml`,
      find: 'default: false',
      replace: 'default: true',
      tests: ['tests/operations/create-task'],
    },
    {
      name: 'a patch may be empty',
      file: `${SCHEMAS}/UpdateTask.yaml`,
      find: 'minProperties: 1\n',
      replace: '',
      tests: ['tests/contract/examples', 'tests/operations/update-task.test'],
    },
    {
      name: 'a task may have any property',
      file: `${SCHEMAS}/Task.yaml`,
      find: 'additionalProperties: false',
      replace: 'additionalProperties: true',
    },
    {
      name: 'a new task may have any property',
      file: `${SCHEMAS}/CreateTask.yaml`,
      find: 'additionalProperties: false\n',
      replace: '',
    },
    {
      name: 'a problem may have any property',
      file: `${SCHEMAS}/ForbiddenProblem.yaml`,
      find: 'unevaluatedProperties: false\n',
      replace: '',
    },
    {
      name: 'a task has a property that the server does not know',
      file: `${SCHEMAS}/Task.yaml`,
      find: 'completed_at, revision]',
      replace: 'completed_at, revision, priority]',
    },
    {
      name: 'a task may have a property that the server does not know',
      file: `${SCHEMAS}/Task.yaml`,
      find: '  revision:\n    $ref: Revision.yaml',
      replace:
        '  revision:\n    $ref: Revision.yaml\n  archived:\n    type: boolean\n    description: Whether the task is archived.\n    examples:\n      - false',
    },
    {
      name: 'a new task may have a property that the server does not know',
      file: `${SCHEMAS}/CreateTask.yaml`,
      find: 'properties:\n  title:',
      replace:
        'properties:\n  archived:\n    type: boolean\n    description: Whether the task is archived.\n    default: false\n    examples:\n      - false\n  title:',
    },
    {
      name: 'a property of the user has another name',
      file: `${SCHEMAS}/User.yaml`,
      find: '  created_at:\n',
      replace: '  joined_at:\n',
    },
  ],
  LIKELY,
);
