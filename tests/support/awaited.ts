/** A function that answers at once where it can as one that always answers with a promise, so that tests need not tell one from the other. */
export function awaited<Args extends unknown[], Result>(
  work: (...args: Args) => Result | Promise<Result>,
): (...args: Args) => Promise<Result> {
  return async (...args) => work(...args);
}
