import type { Server } from 'node:http';
import cors from 'cors';
import express, { type Request, type RequestHandler, type Response } from 'express';
import { pino } from 'pino';
import { operations } from '../../generated/operations.ts';
import { AuthenticationError } from '../../src/auth/errors.ts';
import { ProblemError, problems } from '../../src/contract/problems.ts';
import { refusal } from '../../src/contract/refusal.ts';
import type { OperationId } from '../../src/contract/types.ts';
import type { RawRequest } from '../../src/contract/validator.ts';
import { readBody } from '../../src/http/body.ts';
import { requestContext } from '../../src/http/context.ts';
import { fieldsOf } from '../../src/http/fields.ts';
import { ALLOWED, EXPOSED } from '../../src/http/cors.ts';
import { errorHandler } from '../../src/http/errors.ts';
import { createHttpServer } from '../../src/http/http-server.ts';
import { negotiateMediaType } from '../../src/http/negotiate.ts';
import { parseQuery } from '../../src/http/query.ts';
import { requireWellFormed, routeNotFound, routeOperations } from '../../src/http/routes.ts';
import type { Question, Reply } from './ask.ts';

/** A request that the server would go on to validate. */
export interface Received {
  readonly operationId: OperationId;
  /** The user of the path; empty where it has none. */
  readonly userId: string;
  readonly query: URLSearchParams;
  /** The media type that the client has chosen, as the server chooses it; undefined when success has no body. */
  readonly accept: string | undefined;
  /** As the server's validator takes it. */
  readonly raw: RawRequest;
  /** The same for Prism. */
  readonly question: Question;
}

/** What stands behind the front. */
export interface Behind {
  /** Answers a request. */
  readonly answer: (received: Received) => Promise<Reply>;
  /** The headers of a refusal by the front, beside those that every one has. */
  readonly refusalHeaders: (id: OperationId, status: number) => Readonly<Record<string, string>>;
}

/**
 * The server that clients of the mock and of the proxy talk to. It is made of the server's own stages, up to the validation of a
 * request: what those refuse, Prism could not answer, or would end by. The caller lets it listen, and closes it.
 */
export function createFront(behind: Behind): Server {
  const app = express();
  app.set('strict routing', true);
  app.set('case sensitive routing', true);
  app.set('query parser', parseQuery);
  app.disable('x-powered-by');
  // `serve` tells of failures.
  const silent = pino({ level: 'silent' });
  app.use(requestContext(silent));
  app.use(openToAll);
  app.use(requireWellFormed({ stateOf: () => ({}) }));
  app.use(routeOperations((id) => serve(id, behind)));
  app.use(routeNotFound);
  app.use(errorHandler);
  return createHttpServer(app, silent).server;
}

const grant = cors({
  origin: true,
  allowedHeaders: [...ALLOWED, 'Prefer'],
  exposedHeaders: [...EXPOSED],
});

/** Lets pages of every origin call, as the server lets those that it knows; an OPTIONS that is no preflight is answered as the server does. */
const openToAll: RequestHandler = (req, res, next) => {
  const isPreflight = req.headers['access-control-request-method'] !== undefined;
  if (req.method === 'OPTIONS' && !isPreflight) next();
  else grant(req, res, next);
};

function serve(id: OperationId, { answer, refusalHeaders }: Behind): RequestHandler {
  return async (req, res) => {
    let reply: Reply;
    try {
      reply = await answer(await receive(id, req));
    } catch (error) {
      const isRefusal = error instanceof ProblemError || error instanceof AuthenticationError;
      const told = `${id} could not be answered: ${String(error)}`;
      if (!isRefusal) process.stderr.write(`${told}\n`);
      const { status } = problems[isRefusal ? error.code : 'internal_error'];
      Object.assign(fieldsOf(res), refusalHeaders(id, status));
      // By its code, the error of a connection to Prism would be taken for one of a connection to the database.
      throw isRefusal ? error : new Error(told, { cause: error });
    }
    write(res, reply);
  };
}

/**
 * Reads a request as the server does, as far as that can be done without knowing who is who.
 *
 * @throws AuthenticationError, ProblemError
 */
async function receive(operationId: OperationId, req: Request): Promise<Received> {
  const operation = operations[operationId];
  if (!operation.public) requireToken(req);
  const accept = negotiateMediaType(req, operation);
  const { mediaType, value: body, malformed } = await readBody(req, operation);
  if (malformed) throw refusal([], malformed);

  const [, query = ''] = /\?([^#]*)/.exec(req.url) ?? [];
  const { params: path, headers } = req;
  const { user_id: userId } = path;
  return {
    operationId,
    userId: typeof userId === 'string' ? userId : '',
    query: new URLSearchParams(query),
    accept,
    raw: { path, query: req.query, headers, mediaType, body },
    question: {
      // Prism knows no HEAD; Node leaves the body out.
      method: req.method === 'HEAD' ? 'GET' : req.method,
      path: req.path + (query && `?${query}`),
      headers: {
        ...endToEnd(req),
        ...(body !== undefined && { 'content-type': mediaType }),
      },
      // Prism would try to write it into its log; no operation takes either.
      body: isNested(body) ? null : body,
    },
  };
}

/** How many levels a body may have; the contract needs one. */
const LEVELS = 32;

function isNested(body: unknown): boolean {
  let values = [body];
  for (let level = 0; level <= LEVELS; level++) {
    values = values.flatMap((value) =>
      typeof value === 'object' && value !== null ? Object.values<unknown>({ ...value }) : [],
    );
  }
  return values.length > 0;
}

/** Any token will do, while the server takes only well-formed ones that it can verify. */
function requireToken(req: Request): void {
  const [field = '', ...others] = req.headersDistinct.authorization ?? [];
  if (!/^bearer(?: |$)/i.test(field)) throw new AuthenticationError('missing');
  if (others.length > 0 || !/^bearer +\S+$/i.test(field))
    throw new AuthenticationError('malformed');
}

/** What is about this connection, or about the body as it was on it (RFC 9110, section 7.6.1). */
const HOP_BY_HOP =
  /^(?:connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|proxy-.*|content-.*)$/;

function endToEnd({ headers }: Request): Question['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.test(name)));
}

function write(res: Response, { status, headers, body }: Reply): void {
  // `X-Request-Id` is the answer's own, or missing there.
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) res.setHeader(name, value);
  }
  res.statusCode = status;
  if (body.length > 0) res.setHeader('Content-Length', body.length);
  res.end(body);
}
