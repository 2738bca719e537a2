import { expect, test } from '@jest/globals';
import { createPathIndex } from '../../src/http/path-index.ts';

const find = createPathIndex([
  '/livez',
  '/tasks',
  '/tasks/{id}',
  '/tasks/{id}/complete',
  '/tasks/mine',
  '/tasks/mine/{when}/open',
]);

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
  expect(find(path)).toBe(template);
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
  '/'.repeat(10_000),
])('%j has none', (path) => {
  expect(find(path)).toBeUndefined();
});
