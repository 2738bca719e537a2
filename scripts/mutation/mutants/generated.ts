import { ofKind } from '../mutant.ts';

/** Derived files that somebody has edited, or has forgotten to derive again. */
export const generatedMutants = ofKind('generated', [
  {
    name: 'openapi.json has a bound that the contract does not have',
    file: 'generated/openapi.json',
    find: '"maxLength": 10000,',
    replace: '"maxLength": 9999,',
  },
  {
    name: 'openapi.json has an operation by another name',
    file: 'generated/openapi.json',
    find: '"operationId": "getLiveness"',
    replace: '"operationId": "getPulse"',
  },
  {
    name: 'openapi.yaml has an operation by another name',
    file: 'generated/openapi.yaml',
    find: 'operationId: getLiveness',
    replace: 'operationId: getPulse',
  },
  {
    name: 'openapi.d.ts lets a page be without its cursor',
    file: 'generated/openapi.d.ts',
    find: 'next_cursor: components',
    replace: 'next_cursor?: components',
  },
  {
    name: 'operations.ts makes an operation public',
    file: 'generated/operations.ts',
    find: "  getTask: {\n    method: 'get',\n    path: '/api/{user_id}/tasks/{id}',\n    public: false,",
    replace:
      "  getTask: {\n    method: 'get',\n    path: '/api/{user_id}/tasks/{id}',\n    public: true,",
  },
  {
    name: 'operations.ts has another path',
    file: 'generated/operations.ts',
    find: "'/livez'",
    replace: "'/alive'",
  },
  {
    name: 'errors.md lacks what the catalogue has',
    file: 'docs/errors.md',
    find: '- [`rate_limited`](#rate_limited): 429 Too many requests\n',
    replace: '',
  },
  {
    name: 'a page of a problem says something else than the catalogue',
    file: 'generated/docs/problems/forbidden.html',
    find: '<title>',
    replace: '<title>Stale: ',
  },
  {
    name: 'the page of the documentation is of an earlier version',
    file: 'generated/docs/index.html',
    find: '<title>Todo API</title>',
    replace: '<title>Tasks</title>',
  },
]);
