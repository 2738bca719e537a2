import { parse } from 'node:url';

/**
 * Has Node warn now, unheard, that `url.parse` is deprecated. express-openapi-validator calls it for every request, and as
 * long as Node has not warned, it looks through the stack at each call for somebody to warn, which takes ten times as long
 * as to parse. It is for the whole process, so only the process calls it.
 */
export function forestallUrlParseWarning(): void {
  const { noDeprecation } = process;
  process.noDeprecation = true;
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- That is the point.
  parse('');
  process.noDeprecation = noDeprecation ?? false;
}
