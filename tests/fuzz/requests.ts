import fc, { type Arbitrary } from 'fast-check';
import { documented } from '../contract/requests.ts';
import { contract, dereference, type Operation } from '../support/contract.ts';
import { allows, invalid, valid } from './arbitraries.ts';

/** A parameter of an operation, as the contract has it. */
interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: any;
}

/** A request that is yet to be sent. */
export interface FuzzedRequest {
  /** The user of the path and of the token. */
  readonly user: string;
  /** Whether the path's task is to be one that exists. */
  readonly exists: boolean;
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON, or undefined. */
  readonly body: unknown;
  /** The place that is invalid, as `parameter limit`, `header if-match` or `body`; undefined when nothing is. */
  readonly wrong: string | undefined;
}

/** A query parameter that Prism does not pass on, and the server would refuse (tests/http). */
const PRISM_LOSES = '__proto__';

/** Node takes 16 KiB for all of a request's head, whatever it is about. */
const LONGEST_VALUE = 8_192;

/** Requests that the contract allows. */
export function validRequests(operation: Operation): Arbitrary<FuzzedRequest> {
  const parameters = parametersOf(operation);
  const group = (place: Parameter['in']) => {
    const here = parameters.filter((one) => one.in === place && one.name !== 'user_id');
    return fc.record(Object.fromEntries(here.map((one) => [one.name, textOf(one)])), {
      requiredKeys: here.filter(({ required }) => required).map(({ name }) => name),
    });
  };
  const schema = bodySchema(operation);
  return fc.record({
    user: userIds(),
    exists: fc.boolean(),
    path: group('path'),
    query: group('query'),
    headers: group('header'),
    body: schema === undefined ? fc.constant(undefined) : valid(schema),
    wrong: fc.constant(undefined),
  });
}

/** Requests with one place that the contract does not allow; undefined for an operation that has no such place. */
export function invalidRequests(operation: Operation): Arbitrary<FuzzedRequest> | undefined {
  const good = validRequests(operation);
  const schema = bodySchema(operation);
  const ways = parametersOf(operation)
    .filter(({ name }) => name !== 'user_id')
    .map((parameter) =>
      fc
        .tuple(good, wrongTextOf(parameter))
        .map(([request, text]) => spoil(request, parameter, text)),
    );
  if (schema !== undefined) {
    ways.push(
      fc
        .tuple(good, invalid(schema))
        .map(([request, body]) => ({ ...request, body, wrong: 'body' })),
    );
  }
  return ways.length === 0 ? undefined : fc.oneof(...ways);
}

/** Requests with a query parameter that the operation does not have. */
export function requestsWithUnknownParameter(operation: Operation): Arbitrary<FuzzedRequest> {
  const names = parametersOf(operation).map(({ name }) => name);
  return fc
    .tuple(
      validRequests(operation),
      fc.stringMatching(/^[a-z_]{1,10}$/),
      fc.stringMatching(/^\w{1,10}$/),
    )
    .filter(([, name]) => !names.includes(name) && name !== PRISM_LOSES)
    .map(([request, name, value]) => ({
      ...request,
      query: { ...request.query, [name]: value },
      wrong: `parameter ${name}`,
    }));
}

/** The media type of the operation's body. */
export function mediaTypeOf(operation: Operation): string | undefined {
  return Object.keys(documented(operation).requestBody?.content ?? {})[0];
}

function bodySchema(operation: Operation): object | undefined {
  const mediaType = mediaTypeOf(operation);
  return mediaType && documented(operation).requestBody.content[mediaType].schema;
}

function parametersOf(operation: Operation): Parameter[] {
  const all: object[] = [
    ...(contract.paths[operation.path].parameters ?? []),
    ...(documented(operation).parameters ?? []),
  ];
  return all.map(dereference).map((one) => ({ ...one, schema: dereference(one.schema) }));
}

function userIds(): Arbitrary<string> {
  // A path segment of dots means another path (RFC 3986, section 5.2.4), which clients resolve before they send it.
  return valid(contract.components.schemas.UserId).filter((user) => !/^\.{1,2}$/.test(user));
}

function textOf({ in: place, schema }: Parameter): Arbitrary<string> {
  const text = valid(schema).map(String);
  return place === 'header' ? text.filter((value) => value === value.trim()) : text;
}

/** Texts that do not become a value of the schema, whoever converts them. */
function wrongTextOf({ in: place, schema }: Parameter): Arbitrary<string> {
  const types = [schema.type].flat();
  const texts = types.includes('string')
    ? invalid(schema).filter((value): value is string => typeof value === 'string')
    : // Whether `1e1` or ` 5` is an integer is a matter of taste, so nothing of that kind.
      fc.oneof(
        fc
          .stringMatching(/^[a-zA-Z]{1,8}$/)
          .filter((text) => !/^(?:true|false|null|nan|infinity)$/i.test(text)),
        fc
          .integer({ min: -1_000_000, max: 1_000_000 })
          .filter((number) => !allows(schema, number))
          .map(String),
      );
  // What can be sent at all, and stays one parameter on the way.
  if (place === 'header')
    return texts.filter((text) => /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text));
  if (place === 'path')
    return texts.filter((text) => text.isWellFormed() && !/^\.{0,2}$/.test(text));
  return texts.filter(
    (text) =>
      text.isWellFormed() && text !== '' && encodeURIComponent(text).length <= LONGEST_VALUE,
  );
}

function spoil(
  request: FuzzedRequest,
  { in: place, name }: Parameter,
  text: string,
): FuzzedRequest {
  if (place === 'header') {
    const headers = { ...request.headers, [name]: text };
    return { ...request, headers, wrong: `header ${name.toLowerCase()}` };
  }
  const values = { ...request[place], [name]: text };
  return { ...request, exists: false, [place]: values, wrong: `parameter ${name}` };
}
