import { expect, test } from '@jest/globals';
import { createPathIndex } from '../../src/http/path-index.ts';

const templates = [
  '/livez',
  '/tasks',
  '/tasks/{id}',
  '/tasks/{id}/complete',
  '/tasks/mine',
  '/tasks/mine/{when}/open',
  '/users/{user_id}/tasks/{id}',
];
const find = createPathIndex(templates.map((template) => [template, { template }] as const));

test.each([
  ['/livez', '/livez'],
  ['/tasks', '/tasks'],
  ['/tasks/1', '/tasks/{id}'],
  ['/tasks/%2f', '/tasks/{id}'],
  ['/tasks/{id}', '/tasks/{id}'],
  // What is written goes before a parameter, and when it leads nowhere the parameter still counts.
  ['/tasks/mine', '/tasks/mine'],
  ['/tasks/mine/complete', '/tasks/{id}/complete'],
  ['/tasks/mine/complete/open', '/tasks/mine/{when}/open'],
])('the path of %s is %s', (path, template) => {
  expect(find(path)?.value).toStrictEqual({ template });
});

test.each([
  ['/livez', {}],
  ['/tasks/mine', {}],
  ['/tasks/mine/complete', { id: 'mine' }],
  ['/tasks/mine/complete/open', { when: 'complete' }],
  ['/users/alice/tasks/1', { user_id: 'alice', id: '1' }],
  ['/users/%61lice/tasks/%e2%82%ac', { user_id: 'alice', id: '€' }],
  ['/users/a%2Fb/tasks/%2f', { user_id: 'a/b', id: '/' }],
  ['/users/%2561/tasks/+', { user_id: '%61', id: '+' }],
  ['/users/{user_id}/tasks/:id', { user_id: '{user_id}', id: ':id' }],
  ['/users/__proto__/tasks/constructor', { user_id: '__proto__', id: 'constructor' }],
])('the parameters of %s are %j, and nothing else', (path, parameters) => {
  const found = find(path)?.parameters;
  expect({ ...found }).toStrictEqual(parameters);
  expect(Object.getPrototypeOf(found)).toBeNull();
});

test.each([
  '/users/%/tasks/1',
  '/users/%zz/tasks/1',
  '/users/alice/tasks/%E0%A4%A',
  '/users/%ff/tasks/%ff',
  '/users/%c3/tasks/%a4',
  '/tasks/%ed%a0%80',
])('%s leads somewhere, but has no parameters that can be read', (path) => {
  expect(find(path)).toMatchObject({ value: {}, parameters: undefined });
});

test.each([
  '',
  '/',
  'livez',
  '/Livez',
  '/livez/',
  '//livez',
  '/liv%65z',
  '/tasks/',
  '/tasks//complete',
  '/tasks/1/complete/',
  '/tasks/1/nothing',
  '/tasks/mine//open',
  '/constructor',
  '/__proto__',
  '/tasks/1/__proto__',
  '/tasks/%zz/nothing',
  '/users//tasks/1',
  '/users/alice/tasks/',
  '/'.repeat(10_000),
])('%j has none', (path) => {
  expect(find(path)).toBeUndefined();
});
