/**
 * A peer of the benchmark: the libraries that this server is made of, with its handlers and statements, and next to nothing
 * around them. Express and its router, the check of each request by express-openapi-validator, Slonik with names for its
 * statements, jose with verified tokens remembered, and a line of pino for each request. Checks of rows, limits, turns and
 * deadlines, idempotency, problem documents, header fields for security, metrics, ids, and all else that is in `src/http`
 * and `src/db`, are left out; that is what this server takes more for. Not for use.
 */
import { createServer } from 'node:http';
import express, { type Request, type Response } from 'express';
import { pino } from 'pino';
import getRawBody from 'raw-body';
import { createPool } from 'slonik';
import { operations } from '../../../generated/operations.ts';
import { createAuthenticator } from '../../../src/auth/authenticator.ts';
import type { Principal } from '../../../src/auth/principal.ts';
import { contractFile } from '../../../src/contract/document.ts';
import type { AnyResponse } from '../../../src/contract/types.ts';
import { forestallUrlParseWarning } from '../../../src/contract/url-parse.ts';
import { compileContract } from '../../../src/contract/validator.ts';
import { createNodePostgresDriver } from '../../../src/db/drivers/node-postgres.ts';
import { withNamedStatements } from '../../../src/db/named-statements.ts';
import { IDLE_TIME } from '../../../src/db/time-limits.ts';
import { createTask } from '../../../src/tasks/create-task.ts';
import { getTask } from '../../../src/tasks/get-task.ts';
import { listTasks } from '../../../src/tasks/list-tasks.ts';
import type { TasksDeps } from '../../../src/tasks/queries.ts';
import { setTaskCompletion } from '../../../src/tasks/set-task-completion.ts';
import { standardOutput } from '../../../src/telemetry/log-destination.ts';

const { DATABASE_URL = '', DATABASE_POOL_MAX, JWT_SECRET = '', PORT } = process.env;
forestallUrlParseWarning();
const contract = await compileContract(contractFile);
const logger = pino(standardOutput());
const authenticate = createAuthenticator({ jwtSecret: JWT_SECRET });
const db = await createPool(DATABASE_URL, {
  driverFactory: withNamedStatements(createNodePostgresDriver({ limits: undefined })),
  maxPoolSize: Number(DATABASE_POOL_MAX),
  idleTimeout: IDLE_TIME,
  captureStackTrace: false,
  resetConnection: () => Promise.resolve(),
});

const handlers = { getTask, listTasks, createTask, setTaskCompletion };
type Handle = (request: object, deps: TasksDeps) => Promise<AnyResponse>;

const app = express();
app.disable('x-powered-by');
app.get('/livez', (_req, res) => {
  res.json({ status: 'ok' });
});
for (const [id, handler] of Object.entries(handlers)) {
  const operationId = id as keyof typeof handlers;
  const { path, method } = operations[operationId];
  const handle = handler as Handle;
  app[method](expressPath(path), async (req, res) => {
    const startedAt = performance.now();
    const principal = await authenticate(req.headers.authorization);
    answer(res, await serve(operationId, handle, req, principal));
    res.once('close', () => {
      const duration = performance.now() - startedAt;
      logger.info({ operation: operationId, status: res.statusCode, duration_ms: duration });
    });
  });
}

/** A path of the contract in Express's notation: `{id}` is `:id` there. */
function expressPath(path: string): string {
  return path.replaceAll(/\{([^}]+)\}/g, ':$1');
}

async function serve(
  operationId: keyof typeof handlers,
  handle: Handle,
  req: Request,
  principal: Principal,
): Promise<AnyResponse> {
  if (principal.subject !== req.params.user_id) return { status: 403 };
  const { requestMediaTypes } = operations[operationId];
  const { params: path, query, headers } = req;
  const text = requestMediaTypes.length > 0 ? await getRawBody(req, true) : undefined;
  const body: unknown = text === undefined ? undefined : JSON.parse(text);
  const raw = { path, query, headers, mediaType: requestMediaTypes[0], body };
  const request = await contract.validateRequest(operationId, raw);
  return handle({ ...request, principal }, { db });
}

function answer(res: Response, { status, headers = {}, body }: AnyResponse): void {
  const payload = JSON.stringify(body ?? null);
  res.writeHead(status, {
    ...headers,
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(payload),
  });
  res.end(payload);
}

createServer(app).listen(Number(PORT), '127.0.0.1');
