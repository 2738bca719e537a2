/** Ways to write a contract badly, each with the rule of redocly.yaml that must see it. */

/** A mistake, made in a copy of the bundle. */
export interface Mistake {
  readonly rule: string;
  /** What the next author does. */
  readonly title: string;
  make(contract: any): void;
}

const tasks = (contract: any) => contract.paths['/api/{user_id}/tasks'];
const task = (contract: any) => contract.paths['/api/{user_id}/tasks/{id}'];
const schemas = (contract: any) => contract.components.schemas;
const responses = (contract: any) => contract.components.responses;
const json = (response: any) => response.content['application/json'];

/** An object that takes any property. */
const place = {
  type: 'object',
  description: 'Where.',
  properties: { indoors: { type: 'boolean', description: 'Whether it is under a roof.' } },
};

/** A text that can be wrong, and nobody says how. */
const code = {
  type: 'string',
  description: 'Letters.',
  minLength: 2,
  maxLength: 2,
  pattern: '^[A-Z]{2}$',
};

/** An object with such a value under each name, whichever names there are. */
const perName = (schema: object) => ({
  type: 'object',
  description: 'By name.',
  maxProperties: 9,
  patternProperties: { '^[a-z]{1,9}$': schema },
  additionalProperties: false,
});

function mistake(rule: string, title: string, make: (contract: any) => void): Mistake {
  return { rule, title, make };
}

/** A header or a response that an operation lacks. */
const without = (rule: string, title: string, part: (contract: any) => any, key: string) =>
  mistake(rule, title, (contract) => {
    if (!Reflect.has(part(contract), key)) throw new Error(`There is no ${key} to leave out.`);
    Reflect.deleteProperty(part(contract), key);
  });

/** A parameter that an operation lacks, by the name of its component. */
const withoutParameter = (rule: string, operation: (contract: any) => any, name: string) =>
  mistake(rule, `leaves out the parameter ${name}`, (contract) => {
    const all: { $ref: string }[] = operation(contract).parameters;
    const rest = all.filter(({ $ref }) => !$ref.endsWith(`/${name}`));
    if (rest.length === all.length) throw new Error(`There is no ${name} to leave out.`);
    operation(contract).parameters = rest;
  });

const ofSchemas: readonly Mistake[] = [
  without('contract/bounded', 'does not bound a string', (c) => schemas(c).Title, 'maxLength'),
  without(
    'contract/bounded',
    'does not bound a list',
    (c) => schemas(c).TaskPage.properties.items,
    'maxItems',
  ),
  without('contract/bounded', 'does not bound a number', (c) => schemas(c).Revision, 'maximum'),
  without(
    'contract/described',
    'does not describe a property',
    (c) => schemas(c).Task.properties.completed,
    'description',
  ),
  without(
    'contract/explained',
    'leaves a pattern to be explained by nobody',
    (c) => schemas(c).Title,
    'x-invalid',
  ),
  mistake('contract/explained', 'leaves a pattern in a list to be explained by nobody', (c) => {
    const items = { type: 'array', description: 'Which.', minItems: 0, maxItems: 9, items: code };
    schemas(c).CreateTask.properties.codes = items;
  }),
  mistake('contract/explained', 'leaves a pattern in an object to be explained by nobody', (c) => {
    const inner = { ...place, additionalProperties: false, properties: { code } };
    schemas(c).CreateTask.properties.place = inner;
  }),
  mistake('contract/explained', 'leaves a pattern in a member of anyOf to be explained', (c) => {
    const members = [code, { type: 'null' }];
    schemas(c).CreateTask.properties.code = { description: 'Which.', anyOf: members };
  }),
  mistake('contract/explained', 'leaves the format of a parameter to be explained', (c) => {
    const { Sort } = c.components.parameters;
    Sort.schema = { type: 'string', format: 'uuid', minLength: 36, maxLength: 36 };
  }),
  mistake('contract/bounded', 'does not bound what has no names', (c) => {
    const { maxProperties: _, ...counts } = perName({ $ref: '#/components/schemas/Revision' });
    schemas(c).Task.properties.counts = counts;
  }),
  without(
    'contract/closed',
    'lets any property into a request',
    (c) => schemas(c).CreateTask,
    'additionalProperties',
  ),
  mistake('contract/closed', 'lets any property into an object within a request', (c) => {
    schemas(c).CreateTask.properties.place = place;
  }),
  mistake('contract/closed', 'lets any property into the items of a list in a request', (c) => {
    const items = { type: 'array', description: 'Where.', minItems: 0, maxItems: 9, items: place };
    schemas(c).CreateTask.properties.places = items;
  }),
  ...['anyOf', 'oneOf', 'allOf'].map((keyword) =>
    mistake('contract/closed', `lets any property into a member of ${keyword}`, (c) => {
      const members = [{ $ref: '#/components/schemas/CreateTask' }, place];
      // All of them together have the properties of the first alone.
      json(tasks(c).post.requestBody).schema = {
        [keyword]: keyword === 'allOf' ? [place, place] : members,
      };
    }),
  ),
  mistake('contract/closed', 'lets any property into an object below a closed one', (c) => {
    json(tasks(c).post.requestBody).schema = {
      type: 'object',
      unevaluatedProperties: false,
      allOf: [{ type: 'object', properties: { place } }],
    };
  }),
  mistake('contract/closed', 'adds an open object beside a reference', (c) => {
    const { schema } = json(tasks(c).post.requestBody);
    schema.properties = { place };
  }),
  without(
    'contract/closed',
    'lets any property into a response',
    (c) => schemas(c).Task,
    'additionalProperties',
  ),
  without(
    'contract/closed',
    'lets any property into a problem',
    (c) => schemas(c).ForbiddenProblem,
    'unevaluatedProperties',
  ),
  without(
    'contract/typed',
    'does not say what a property is',
    (c) => schemas(c).Task.properties.completed,
    'type',
  ),
  mistake('contract/typed', 'lets a property be anything', (c) => {
    schemas(c).Task.properties.anything = true;
  }),
  mistake('contract/typed', 'lets an item be anything', (c) => {
    schemas(c).TaskPage.properties.items.items = {};
  }),
  mistake('contract/typed', 'does not say what a parameter is', (c) => {
    delete c.components.parameters.Limit.schema.type;
  }),
  mistake('contract/snake-case', 'writes a property in camelCase', (c) => {
    schemas(c).Task.properties.dueDate = { description: 'When.', type: 'boolean' };
  }),
  mistake('contract/snake-case', 'writes a query parameter in kebab-case', (c) => {
    c.components.parameters.Sort.name = 'sort-by';
  }),
  mistake('rule/no-read-only', 'uses one schema for both ways', (c) => {
    schemas(c).Task.properties.id.readOnly = true;
    schemas(c).Task.properties.completed.readOnly = true;
  }),
];

const ofErrors: readonly Mistake[] = [
  mistake('contract/problems', 'answers an error in another format', (c) => {
    const { content } = responses(c).InternalError;
    content['application/json'] = content['application/problem+json'];
    delete content['application/problem+json'];
  }),
  mistake('contract/problems', 'answers an error without a body', (c) => {
    delete responses(c).TaskNotFound.content;
  }),
  mistake('contract/problems', 'answers a success with a problem', (c) => {
    const { content } = task(c).get.responses['200'];
    content['application/problem+json'] = content['application/json'];
  }),
  mistake('operation-4xx-problem-details-rfc7807', 'answers a problem without a title', (c) => {
    responses(c).Forbidden.content['application/problem+json'].schema = {
      type: 'object',
      properties: {},
    };
  }),
  without(
    'contract/findable',
    'leaves out 404 where there is an id',
    (c) => task(c).get.responses,
    '404',
  ),
  without('contract/fallible', 'leaves out 500', (c) => task(c).get.responses, '500'),
  without('contract/fallible', 'leaves out 400', (c) => task(c).get.responses, '400'),
  without(
    'contract/fallible',
    'leaves out 503 where the database is needed',
    (c) => task(c).get.responses,
    '503',
  ),
  without(
    'contract/fallible',
    'does not say when a 503 is over',
    (c) => responses(c).ServiceUnavailable.headers,
    'Retry-After',
  ),
  without(
    'contract/fallible',
    'does not say when a 429 is over',
    (c) => responses(c).TooManyRequests.headers,
    'Retry-After',
  ),
  mistake('rule/one-status-per-response', 'documents all errors as one', (c) => {
    task(c).get.responses.default = { $ref: '#/components/responses/InternalError' };
  }),
  without(
    'response-contains-header',
    'leaves out X-Request-Id',
    (c) => responses(c).Forbidden.headers,
    'X-Request-Id',
  ),
];

const ofSecurity: readonly Mistake[] = [
  mistake('contract/secured', 'opens an operation to everybody', (c) => {
    task(c).get.security = [];
  }),
  mistake('contract/secured', 'drops the default', (c) => {
    c.security = [];
  }),
  mistake('contract/secured', 'makes the token optional', (c) => {
    task(c).get.security = [{ bearerAuth: [] }, {}];
  }),
  mistake('contract/secured', 'makes the token of most operations optional', (c) => {
    c.security = [{ bearerAuth: [] }, {}];
  }),
  mistake('contract/secured', 'requires nothing', (c) => {
    task(c).get.security = [{}];
  }),
  mistake('contract/secured', 'requires nothing of who asks for the health', (c) => {
    c.paths['/health'].get.security = [{}];
  }),
  mistake('contract/secured', 'opens an operation on tasks as one on the health', (c) => {
    Object.assign(task(c).get, { security: [], tags: ['health'] });
  }),
  without('contract/secured', 'leaves out 401', (c) => task(c).get.responses, '401'),
  without('contract/secured', 'leaves out 403', (c) => task(c).get.responses, '403'),
  without(
    'contract/secured',
    'leaves out the challenge',
    (c) => responses(c).Unauthorized.headers,
    'WWW-Authenticate',
  ),
  mistake('contract/secured', 'leaves the user out of the path', (c) => {
    c.paths['/api/tasks'] = { get: { ...task(c).get, operationId: 'findTask' } };
  }),
  without('contract/rate-limited', 'leaves out 429', (c) => task(c).get.responses, '429'),
  without(
    'contract/rate-limited',
    'leaves out RateLimit',
    (c) => responses(c).Forbidden.headers,
    'RateLimit',
  ),
  without(
    'contract/rate-limited',
    'leaves out RateLimit-Policy',
    (c) => task(c).get.responses['200'].headers,
    'RateLimit-Policy',
  ),
];

const ofConditions: readonly Mistake[] = [
  withoutParameter('contract/conditional', (c) => task(c).get, 'IfNoneMatch'),
  withoutParameter('contract/conditional', (c) => task(c).put, 'IfMatch'),
  withoutParameter('contract/conditional', (c) => task(c).patch, 'IfMatch'),
  withoutParameter('contract/conditional', (c) => task(c).delete, 'IfMatch'),
  withoutParameter('contract/conditional', (c) => tasks(c).post, 'IdempotencyKey'),
  without('contract/conditional', 'leaves out 304', (c) => task(c).get.responses, '304'),
  without('contract/conditional', 'leaves out 412', (c) => task(c).put.responses, '412'),
  without('contract/conditional', 'leaves out 428', (c) => task(c).delete.responses, '428'),
  without('contract/conditional', 'leaves out 409', (c) => tasks(c).post.responses, '409'),
  without('contract/conditional', 'leaves out 422', (c) => tasks(c).post.responses, '422'),
  without(
    'contract/conditional',
    'leaves out ETag when reading',
    (c) => task(c).get.responses['200'].headers,
    'ETag',
  ),
  without(
    'contract/conditional',
    'leaves out ETag when writing',
    (c) => task(c).put.responses['200'].headers,
    'ETag',
  ),
  without(
    'contract/conditional',
    'leaves out ETag when creating',
    (c) => tasks(c).post.responses['201'].headers,
    'ETag',
  ),
  without(
    'contract/conditional',
    'leaves out ETag when refusing',
    (c) => responses(c).PreconditionFailed.headers,
    'ETag',
  ),
  without(
    'contract/conditional',
    'leaves out Location',
    (c) => tasks(c).post.responses['201'].headers,
    'Location',
  ),
];

const ofBodies: readonly Mistake[] = [
  mistake('contract/refusable', 'makes a body optional', (c) => {
    tasks(c).post.requestBody.required = false;
  }),
  without('contract/refusable', 'leaves out 413', (c) => tasks(c).post.responses, '413'),
  without('contract/refusable', 'leaves out 415', (c) => tasks(c).post.responses, '415'),
  without(
    'contract/refusable',
    'leaves out Accept',
    (c) => responses(c).UnsupportedMediaType.headers,
    'Accept',
  ),
  without(
    'contract/refusable',
    'leaves out Accept-Patch',
    (c) => responses(c).UnsupportedPatchMediaType.headers,
    'Accept-Patch',
  ),
  mistake('request-mime-type', 'takes another media type', (c) => {
    const { content } = tasks(c).post.requestBody;
    content['application/xml'] = content['application/json'];
  }),
  mistake('response-mime-type', 'answers another media type', (c) => {
    const { content } = task(c).get.responses['200'];
    content['text/html'] = content['application/json'];
  }),
  without(
    'rule/examples-everywhere',
    'gives no example of a request',
    (c) => json(tasks(c).post.requestBody),
    'examples',
  ),
  without(
    'rule/examples-everywhere',
    'gives no example of a response',
    (c) => json(task(c).get.responses['200']),
    'examples',
  ),
  mistake('contract/exampled', 'lists no example of a request', (c) => {
    json(tasks(c).post.requestBody).examples = {};
  }),
  mistake('contract/exampled', 'lists no example of a response', (c) => {
    json(task(c).get.responses['200']).examples = {};
  }),
  mistake('contract/exampled', 'gives an example without a value', (c) => {
    json(task(c).get.responses['200']).examples = { open: { summary: 'An open task' } };
  }),
  mistake('contract/exampled', 'lists no example of a header', (c) => {
    delete c.components.headers.ETag.example;
    c.components.headers.ETag.examples = {};
  }),
  mistake('contract/exampled', 'lists no example of a parameter', (c) => {
    delete c.components.parameters.TaskId.example;
    c.components.parameters.TaskId.examples = {};
  }),
  without(
    'contract/exampled',
    'gives no example of a parameter',
    (c) => c.components.parameters.TaskId,
    'example',
  ),
  without(
    'rule/headers-are-documented',
    'does not describe a header',
    (c) => c.components.headers.ETag,
    'description',
  ),
];

const ofLists: readonly Mistake[] = [
  withoutParameter('contract/paged', (c) => tasks(c).get, 'Cursor'),
  withoutParameter('contract/paged', (c) => tasks(c).get, 'Limit'),
  without(
    'contract/paged',
    'leaves out Link',
    (c) => tasks(c).get.responses['200'].headers,
    'Link',
  ),
  mistake('contract/paged', 'answers a bare array', (c) => {
    json(task(c).get.responses['200']).schema = schemas(c).TaskPage.properties.items;
  }),
  ...['allOf', 'anyOf', 'oneOf'].map((keyword) =>
    mistake('contract/paged', `hides a list behind ${keyword}`, (c) => {
      json(task(c).get.responses['200']).schema = {
        type: 'object',
        [keyword]: [{ $ref: '#/components/schemas/TaskPage' }],
      };
    }),
  ),
  mistake('contract/paged', 'hides a list in an object', (c) => {
    const { items } = schemas(c).TaskPage.properties;
    const all = { type: 'object', additionalProperties: false, properties: { tasks: items } };
    schemas(c).Task.properties.all = all;
  }),
  mistake('contract/paged', 'hides a list in a list', (c) => {
    const { items } = schemas(c).TaskPage.properties;
    schemas(c).Task.properties.all = { ...items, items };
  }),
  mistake('contract/paged', 'hides a list under names that it does not list', (c) => {
    schemas(c).Task.properties.all = perName({ $ref: '#/components/schemas/TaskCounts' });
  }),
  mistake('contract/paged', 'adds a list beside a reference', (c) => {
    const { schema } = json(task(c).get.responses['200']);
    schema.properties = { others: schemas(c).TaskPage.properties.items };
  }),
  mistake('contract/paged', 'calls the items by another name', (c) => {
    const { TaskPage } = schemas(c);
    TaskPage.properties = { tasks: TaskPage.properties.items };
    TaskPage.required = ['tasks'];
  }),
  mistake('contract/paged', 'makes the next cursor optional', (c) => {
    schemas(c).TaskPage.required = ['items'];
  }),
  mistake('contract/paged', 'adds a total', (c) => {
    schemas(c).TaskPage.properties.total = schemas(c).TaskCounts.properties.total;
  }),
];

const ofNames: readonly Mistake[] = [
  mistake('rule/operation-ids-are-camel-case', 'writes an operationId in snake_case', (c) => {
    task(c).put.operationId = 'replace_task';
  }),
  without(
    'rule/operation-ids-are-camel-case',
    'leaves out the operationId',
    (c) => task(c).put,
    'operationId',
  ),
  without(
    'operation-description',
    'does not describe an operation',
    (c) => task(c).get,
    'description',
  ),
  mistake('operation-singular-tag', 'gives two tags', (c) => {
    task(c).get.tags = ['tasks', 'account'];
  }),
  mistake('operation-tag-defined', 'gives a tag that is not defined', (c) => {
    task(c).get.tags = ['things'];
  }),
  without(
    'parameter-description',
    'does not describe a parameter',
    (c) => c.components.parameters.Limit,
    'description',
  ),
  ...['options', 'head', 'trace'].map((method) =>
    mistake('rule/methods', `describes what ${method} does`, (c) => {
      task(c)[method] = { ...task(c).get, operationId: `${method}Task` };
    }),
  ),
  mistake('no-ambiguous-paths', 'adds a path that could be another', (c) => {
    c.paths['/{version}/everybody/tasks'] = c.paths['/api/{user_id}/tasks'];
  }),
  mistake('no-http-verbs-in-paths', 'puts a verb into a path', (c) => {
    c.paths['/api/{user_id}/get-tasks'] = c.paths['/api/{user_id}/tasks'];
  }),
  mistake('paths-kebab-case', 'writes a path in camelCase', (c) => {
    c.paths['/api/{user_id}/openTasks'] = c.paths['/api/{user_id}/tasks'];
  }),
  mistake('path-http-verbs-order', 'writes POST before GET', (c) => {
    const { get, ...rest } = tasks(c);
    c.paths['/api/{user_id}/tasks'] = { ...rest, get };
  }),
  mistake('path-params-defined', 'does not define a parameter of a path', (c) => {
    c.paths['/api/{user_id}/tasks/{id}/notes/{note}'] = task(c);
  }),
  mistake('spec-strict-refs', 'refers where no reference may be', (c) => {
    c.tags[0] = { $ref: 'beside.json' };
  }),
  mistake('component-name-unique', 'gives two schemas one name', (c) => {
    json(task(c).get.responses['200']).schema = { $ref: 'Task.json' };
  }),
];

/** All of them. */
export const mistakes: readonly Mistake[] = [
  ...[...ofSchemas, ...ofErrors, ...ofSecurity, ...ofConditions],
  ...[...ofBodies, ...ofLists, ...ofNames],
];
