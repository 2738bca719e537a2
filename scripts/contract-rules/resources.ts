import type { Operation } from './operations.ts';

/** What is named in a path may not exist, but for the user, whose path is refused (403) or is the reader's own. */
export function* findable(operation: Operation): Generator<string> {
  const names = [...operation.path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name);
  const named = names.find((name) => name !== 'user_id');
  if (named !== undefined && operation.response(404) === undefined) {
    yield `An operation on one {${named}} can answer 404.`;
  }
}
