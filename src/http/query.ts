import { parse, type ParsedUrlQuery } from 'node:querystring';

/**
 * The parameters of a query string, for Express's `query parser`; one that is repeated is an array.
 *
 * @param query without its question mark
 */
export function parseQuery(query: string): ParsedUrlQuery {
  // Node would pass over everything after the thousandth parameter. The bound on headers bounds this, too.
  return parse(query, '&', '=', { maxKeys: 0 });
}
