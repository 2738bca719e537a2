// Compiled, never run: `npm run typecheck` fails when a line marked as an error is none.
import type { Handlers, RequestOf, ResponseOf } from '../../src/contract/types.ts';
import { handlers, type HandlerDeps } from '../../src/operations.ts';

// Every negative case has a twin that differs from it in the one thing that is wrong and compiles.

export const complete = { ...handlers } satisfies Handlers<HandlerDeps>;

declare const allButOne: Omit<typeof handlers, 'getTask'>;
// @ts-expect-error -- an operation without a handler
export const missing = allButOne satisfies Handlers<HandlerDeps>;
export const again = { ...allButOne, getTask: handlers.getTask } satisfies Handlers<HandlerDeps>;

export const unknown = {
  ...handlers,
  // @ts-expect-error -- the contract has no such operation
  archiveTask: handlers.getTask,
} satisfies Handlers<HandlerDeps>;

export const swapped = {
  ...handlers,
  // @ts-expect-error -- the handler of another operation, whose answers are not documented here
  getTask: handlers.createTask,
} satisfies Handlers<HandlerDeps>;

export const answersMore = {
  ...handlers,
  // @ts-expect-error -- it answers 503 too, in its type, and liveness does not document that
  getLiveness: handlers.getReadiness,
} satisfies Handlers<HandlerDeps>;

export const answersLess = {
  ...handlers,
  getReadiness: handlers.getLiveness,
} satisfies Handlers<HandlerDeps>;

/** A handler as `src/` declares them. */
export function declared(_: RequestOf<'deleteTask'>): Promise<ResponseOf<'deleteTask'>> {
  return Promise.resolve({ status: 204 });
}
export const withDeclared = {
  ...handlers,
  deleteTask: declared,
} satisfies Handlers<HandlerDeps>;

/** The same, for a request that carries a body. */
export function greedy(_: RequestOf<'replaceTask'>): Promise<ResponseOf<'deleteTask'>> {
  return Promise.resolve({ status: 204 });
}
export const withGreedy = {
  ...handlers,
  // @ts-expect-error -- it needs a body, and the operation has none
  deleteTask: greedy,
} satisfies Handlers<HandlerDeps>;

export const withDeps = {
  ...handlers,
  // @ts-expect-error -- a handler that needs more than handlers are given
  deleteTask: (_: RequestOf<'deleteTask'>, _deps: HandlerDeps & { readonly mailer: object }) =>
    Promise.resolve({ status: 204 as const }),
} satisfies Handlers<HandlerDeps>;
