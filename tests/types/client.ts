// Compiled, never run: `npm run typecheck` fails when a line marked as an error is none.
import createClient from 'openapi-fetch';
import type { components, paths } from 'todo-api/openapi';

// Every negative case has a twin that differs from it in the one thing that is wrong and compiles.

const api = createClient<paths>({ baseUrl: 'http://127.0.0.1:3000' });
const path = { user_id: 'alice', id: '019bc0fd-89c0-7c3e-9f41-6f0c2d8e5a17' };

declare function look(value: unknown): void;

export async function knownPaths(): Promise<void> {
  await api.GET('/api/{user_id}/tasks/{id}', { params: { path } });
  // @ts-expect-error -- there is no such path
  await api.GET('/api/{user_id}/task/{id}', { params: { path } });
  // @ts-expect-error -- the path does not have this method
  await api.POST('/api/{user_id}/tasks/{id}', { params: { path } });
}

export async function parameters(): Promise<void> {
  const { user_id } = path;
  await api.GET('/api/{user_id}/tasks', { params: { path: { user_id }, query: { limit: 5 } } });
  // @ts-expect-error -- the path needs a parameter
  await api.GET('/api/{user_id}/tasks/{id}', { params: { path: { user_id } } });
  // @ts-expect-error -- nobody is named
  await api.GET('/api/{user_id}/tasks');
  // @ts-expect-error -- a number, and not its text
  await api.GET('/api/{user_id}/tasks', { params: { path: { user_id }, query: { limit: '5' } } });
  const query = { sort: 'colour' } as const;
  // @ts-expect-error -- an order that is not offered
  await api.GET('/api/{user_id}/tasks', { params: { path: { user_id }, query } });
}

export async function bodies(): Promise<void> {
  const body = { title: 'a', description: null, completed: false };
  await api.PUT('/api/{user_id}/tasks/{id}', { params: { path }, body });
  const { title, completed } = body;
  // @ts-expect-error -- a field is missing
  await api.PUT('/api/{user_id}/tasks/{id}', { params: { path }, body: { title, completed } });
  // @ts-expect-error -- no body at all
  await api.PUT('/api/{user_id}/tasks/{id}', { params: { path } });
}

export async function answers(): Promise<string> {
  const { data, error } = await api.GET('/api/{user_id}/tasks/{id}', { params: { path } });
  // @ts-expect-error -- there is no task before the error was looked at
  look(data.title);
  if (error) {
    look(error.code);
    // @ts-expect-error -- a problem is not a task
    return error.title_of_task;
  }
  // @ts-expect-error -- a task has no such field
  look(data.colour);
  return data.title;
}

type Problem =
  | components['schemas']['TaskNotFoundProblem']
  | components['schemas']['ForbiddenProblem']
  | components['schemas']['UnauthorizedProblem'];

function unreachable(value: never): never {
  throw new Error(String(value));
}

export function everyStatus(problem: Problem): string {
  switch (problem.status) {
    case 401:
      return 'sign in';
    case 403:
      return 'not yours';
    case 404:
      return 'gone';
    default:
      return unreachable(problem);
  }
}

export function aStatusUnhandled(problem: Problem): string {
  switch (problem.status) {
    case 401:
      return 'sign in';
    case 403:
      return 'not yours';
    default:
      // @ts-expect-error -- 404 can be answered, and is not handled
      return unreachable(problem);
  }
}

export async function everyStatusOfAnOperation(): Promise<string> {
  const { error } = await api.GET('/api/{user_id}/tasks/{id}', { params: { path } });
  switch (error?.status) {
    case undefined:
      return 'good';
    case 400:
    case 401:
    case 403:
    case 404:
    case 429:
    case 500:
    case 503:
      return error.code;
    default:
      return unreachable(error);
  }
}

export async function aStatusOfAnOperationUnhandled(): Promise<string> {
  const { error } = await api.GET('/api/{user_id}/tasks/{id}', { params: { path } });
  switch (error?.status) {
    case undefined:
      return 'good';
    case 400:
    case 401:
    case 403:
    case 404:
    case 500:
    case 503:
      return error.code;
    default:
      // @ts-expect-error -- 429 can be answered, and is not handled
      return unreachable(error);
  }
}
