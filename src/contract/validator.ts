import type { IncomingHttpHeaders } from 'node:http';
import type { RequestHandler } from 'express';
import * as OpenApiValidator from 'express-openapi-validator';
import { operations } from '../../generated/operations.ts';
import { bodyMembers, withoutMany } from './body-members.ts';
import {
  invalidFields,
  missingBody,
  oddNumbers,
  repeatedParameters,
  unknownParameters,
} from './invalid-fields.ts';
import { readOpenApi } from './open-api.ts';
import { ProblemError } from './problems.ts';
import { refusal, type MalformedBody } from './refusal.ts';
import type { OperationId, RequestCheck } from './types.ts';

/** A request as it came: text where the contract may want numbers, nothing checked. */
export interface RawRequest {
  /** Path parameters, percent-decoded. */
  readonly path: object;
  /** The query string, parsed; a repeated parameter is an array. */
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: IncomingHttpHeaders;
  /** One of the operation's documented media types; absent when there is no body. */
  readonly mediaType: string | undefined;
  /** The parsed JSON body; absent when there is none, or it could not be parsed. */
  readonly body: unknown;
  /** What is wrong with the body as JSON. */
  readonly malformed?: MalformedBody | undefined;
}

/** A request that satisfies the contract: coerced to its types, documented defaults filled in. */
export type ValidRequest = Pick<RawRequest, 'path' | 'query' | 'body'> & { headers: object };

/** An answer about to be sent. */
export interface Answer {
  readonly status: number;
  readonly mediaType: string | undefined;
  readonly body: unknown;
}

/** The contract, compiled. */
export interface Contract {
  /**
   * Validates a request of one operation.
   *
   * @param check finds what the handler would refuse; asked only when the request is refused anyway
   * @throws ProblemError `invalid_request` or `malformed_body`, which lists every invalid place, up to a hundred
   */
  validateRequest(
    operationId: OperationId,
    request: RawRequest,
    check?: RequestCheck,
  ): Promise<ValidRequest>;
  /**
   * Validates an answer of one operation: status, media type and body. Statuses from 500 on pass,
   * so that one failure does not hide another.
   *
   * @throws Error that says what is wrong
   */
  validateResponse(operationId: OperationId, answer: Answer): Promise<void>;
}

/** What express-openapi-validator keeps on a request once it has found the operation. */
interface Route {
  readonly expressRoute: string;
}

/**
 * A stage of express-openapi-validator. Declared as a method, whose parameters TypeScript compares
 * both ways, so that the plain objects made here can stand in for Express's request and response.
 */
interface Stage {
  run(request: object, response: object, next: (error?: unknown) => void): unknown;
}

/**
 * Compiles the contract: the request and response validators of every operation.
 *
 * express-openapi-validator looks an operation up by building and trying the pattern of one documented
 * path after the other, on every request. The router has found it already, so here the look-up is done
 * once per operation, at start, and a request goes straight to its validator: its cost does not depend
 * on the number of documented paths. Each validator sees a request made here, with nothing in it but
 * what the contract names, so that its cache, keyed by media type among others, does not grow with what
 * clients send.
 *
 * @param file the bundled OpenAPI document
 * @throws Error when it is not a valid OpenAPI document or one of its schemas does not compile
 */
export async function compileContract(file: string): Promise<Contract> {
  const members = bodyMembers(await readOpenApi(file));
  const stage = install(file);
  await runStage(stage('pathParamsMiddleware'), { app: { param: () => undefined } });
  const findRoute = stage('metadataMiddleware');
  const routes = new Map<OperationId, Route>();
  for (const operationId of operationIds) {
    routes.set(operationId, await routeOf(operationId, findRoute));
  }
  const contract = contractOf(
    stage('requestMiddleware'),
    stage('responseMiddleware'),
    routes,
    members,
  );
  for (const operationId of operationIds) await warmUp(contract, operationId);
  return contract;
}

const operationIds = Object.keys(operations).filter((id): id is OperationId => id in operations);

/** Loads the document; the stages are found by the names that express-openapi-validator gives them. */
function install(file: string): (name: string) => Stage {
  const installed = OpenApiValidator.middleware({
    apiSpec: file,
    validateApiSpec: false, // That is done.
    // Unknown query parameters are found here instead, so that they are reported with all the rest.
    validateRequests: { allErrors: true, coerceTypes: false, allowUnknownQueryParameters: true },
    validateResponses: { coerceTypes: false },
    validateSecurity: false,
    fileUploader: false,
    // 'fast' accepts the 39th of the 19th month.
    ajvFormats: { mode: 'full' },
  });
  return (name) => {
    const run: RequestHandler | undefined = installed.find((handler) => handler.name === name);
    if (!run) throw new Error(`express-openapi-validator has no stage called ${name}`);
    return { run };
  };
}

function runStage(stage: Stage, request: object): Promise<void> {
  return new Promise((resolve, reject) => {
    stage.run(request, {}, (error) => {
      if (error === undefined) resolve();
      else reject(error);
    });
  });
}

/** Lets the validator find an operation, by a request to it whose parameters are all `x`. */
async function routeOf(operationId: OperationId, findRoute: Stage): Promise<Route> {
  const { method, path } = operations[operationId];
  const url = path.replaceAll(/\{[^}]+\}/g, 'x');
  const request: { method: string; openapi?: Route } & Record<string, unknown> = {
    method: method.toUpperCase(),
    originalUrl: url,
    path: url,
    baseUrl: '',
    app: { enabled: () => true },
  };
  try {
    await runStage(findRoute, request);
  } catch (cause) {
    throw new Error(`The contract has no ${request.method} ${path}.`, { cause });
  }
  if (!request.openapi) throw new Error(`The contract has no ${request.method} ${path}.`);
  return request.openapi;
}

function contractOf(
  request: Stage,
  response: Stage,
  routes: Map<OperationId, Route>,
  members: ReturnType<typeof bodyMembers>,
): Contract {
  return {
    async validateRequest(operationId, raw, check) {
      const { method, parameters, requestBodyRequired } = operations[operationId];
      const { path, malformed } = raw;
      // Of a body that cannot be read, or is broken throughout, nothing more is said.
      const isLost = malformed?.isLost ?? false;
      const body = isLost ? undefined : raw.body;
      const { shown, hidden } = withoutMany(body, members.get(operationId));
      // The validator would read `limit[]` as `limit`, so it is shown only what the contract names.
      const query = pick(raw.query, parameters.query);
      const headers = {
        ...pick(raw.headers, parameters.header),
        ...(raw.mediaType !== undefined && { 'content-type': raw.mediaType }),
      };
      const candidate = {
        method,
        headers,
        originalUrl: '',
        query,
        params: path,
        body: shown,
        openapi: { ...routes.get(operationId), pathParams: path },
      };
      const places = unknownParameters(raw.query, parameters.query);
      places.push(...repeatedParameters(query));
      // The validator takes a body for required only when its schema has required members.
      if (requestBodyRequired && body === undefined) places.push(missingBody);
      const failure = await new Promise((resolve) => {
        request.run(candidate, {}, resolve);
      });
      if (failure !== undefined) places.push(...invalidFields(failure));
      places.push(...oddNumbers(raw.query, query));
      if (places.length > 0 || malformed) {
        places.push(...(check?.({ query }) ?? []));
        const judged = isLost ? places.filter((field) => !('pointer' in field)) : places;
        throw refusal(
          judged,
          malformed,
          hidden,
          raw.query.cursor !== undefined && parameters.query.some((name) => name === 'cursor'),
        );
      }
      return { path, query, headers, body };
    },

    async validateResponse(operationId, { status, mediaType, body }) {
      // The validator itself takes the first documented media type for one that is not documented.
      const responses: Readonly<Record<number, readonly string[]>> =
        operations[operationId].responses;
      const documented = responses[status];
      const essence = mediaType?.replace(/;.*/, '');
      const isDocumented =
        essence === undefined ? documented?.length === 0 : documented?.includes(essence);
      if (!isDocumented) {
        throw new Error(`${operationId} must not answer ${status} with ${essence ?? 'no body'}`);
      }
      const candidate = {
        method: operations[operationId].method,
        originalUrl: operations[operationId].path,
        headers: {},
        openapi: routes.get(operationId),
      };
      // The stage replaces `json`; what it calls in the end is the one given here.
      const answer = {
        statusCode: status,
        getHeaders: () => ({ 'content-type': mediaType }),
        json: (_body: unknown): void => undefined,
      };
      await new Promise<void>((resolve, reject) => {
        answer.json = () => {
          resolve();
        };
        response.run(candidate, answer, (error) => {
          if (error === undefined) answer.json(body);
          else reject(error);
        });
      });
    },
  };
}

/** The members of these names, where there are any. */
function pick(from: Readonly<Record<string, unknown>>, names: readonly string[]) {
  const picked: Record<string, unknown> = {};
  for (const name of names) {
    if (Object.hasOwn(from, name) && from[name] !== undefined) picked[name] = from[name];
  }
  return picked;
}

/** Builds an operation's validators by using them: express-openapi-validator compiles on first use. */
async function warmUp(contract: Contract, operationId: OperationId): Promise<void> {
  const mediaTypes = operations[operationId].requestMediaTypes;
  for (const mediaType of mediaTypes.length > 0 ? mediaTypes : [undefined]) {
    const empty = { path: {}, query: {}, headers: {}, mediaType, body: undefined };
    await contract.validateRequest(operationId, empty).catch((error: unknown) => {
      if (!(error instanceof ProblemError)) throw error;
    });
  }
  const responses: Readonly<Record<string, readonly string[]>> = operations[operationId].responses;
  for (const [status, [mediaType]] of Object.entries(responses)) {
    const answer = { status: Number(status), mediaType, body: null };
    await contract.validateResponse(operationId, answer).catch((error: unknown) => {
      // A body that is none is refused, unless what would refuse it cannot be built.
      if (!(error instanceof OpenApiValidator.error.InternalServerError)) throw error;
    });
  }
}
