/**
 * A peer of the benchmark: what a Node team would pick today, used as its documentation shows. Fastify with its own
 * plugins for tokens, security headers and rate limits, its logger (pino), JSON Schema for validation and serialisation,
 * and pg. Not for use.
 *
 * Each request's token is verified, unless `REMEMBERED_TOKENS` says how many of those that were verified are remembered.
 */
import helmet from '@fastify/helmet';
import fastifyJwt from '@fastify/jwt';
import rateLimit from '@fastify/rate-limit';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { after, pageOf, statements, taskOf, type PageRow, type TaskRow } from './tasks.ts';

const { DATABASE_URL, DATABASE_POOL_MAX, JWT_SECRET = '', PORT, REMEMBERED_TOKENS } = process.env;
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: Number(DATABASE_POOL_MAX) });

const timestamp = { type: 'string' };
const task = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    user_id: { type: 'string' },
    title: { type: 'string' },
    description: { type: ['string', 'null'] },
    completed: { type: 'boolean' },
    created_at: timestamp,
    updated_at: timestamp,
    completed_at: { type: ['string', 'null'] },
    revision: { type: 'integer' },
  },
};
const page = {
  type: 'object',
  properties: {
    items: { type: 'array', items: task },
    next_cursor: { type: ['string', 'null'] },
  },
};
const ofUser = {
  type: 'object',
  properties: { user_id: { type: 'string', minLength: 1, maxLength: 255 } },
};
const ofTask = {
  type: 'object',
  properties: { ...ofUser.properties, id: { type: 'string', format: 'uuid' } },
};
const listQuery = {
  type: 'object',
  properties: {
    limit: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
    cursor: { type: 'string', maxLength: 4096, pattern: '^[A-Za-z0-9_-]+$' },
  },
};
const newTask = {
  type: 'object',
  required: ['title'],
  additionalProperties: false,
  properties: {
    title: { type: 'string', minLength: 1, maxLength: 255, pattern: '\\S' },
    description: { type: ['string', 'null'], maxLength: 10_000 },
  },
};
const completion = {
  type: 'object',
  required: ['completed'],
  additionalProperties: false,
  properties: { completed: { type: 'boolean' } },
};

interface Params {
  user_id: string;
  id: string;
}

const app = fastify({ logger: true });
await app.register(helmet);
await app.register(rateLimit, {
  max: 1_000_000,
  timeWindow: '1 minute',
  hook: 'preHandler',
  keyGenerator: (request) => subjectOf(request),
});
await app.register(fastifyJwt, {
  secret: JWT_SECRET,
  // Its own cache of verified tokens, which is off by default.
  verify: { algorithms: ['HS256'], cache: Number(REMEMBERED_TOKENS ?? 0) },
});

function subjectOf(request: FastifyRequest): string {
  const { sub } = request.user as { sub: string };
  return sub;
}

async function authenticate(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  await request.jwtVerify();
  const { user_id } = request.params as Params;
  if (subjectOf(request) !== user_id) await reply.code(403).send({ code: 'forbidden' });
}

async function rowOf(name: keyof typeof statements, values: unknown[]) {
  const { rows } = await pool.query<TaskRow>({ name, text: statements[name], values });
  return rows[0];
}

function item(reply: FastifyReply, row: TaskRow | undefined) {
  if (!row) return reply.code(404).send({ code: 'task_not_found' });
  return reply.header('ETag', `"${row.revision}"`).send(taskOf(row));
}

app.get('/livez', { config: { rateLimit: false } }, () => ({ status: 'ok' }));

app.get<{ Params: Params }>(
  '/api/:user_id/tasks/:id',
  { onRequest: authenticate, schema: { params: ofTask, response: { 200: task } } },
  async ({ params }, reply) => item(reply, await rowOf('get', [params.user_id, params.id])),
);

app.get<{ Params: Params; Querystring: { limit: number; cursor?: string } }>(
  '/api/:user_id/tasks',
  {
    onRequest: authenticate,
    schema: { params: ofUser, querystring: listQuery, response: { 200: page } },
  },
  async ({ params: { user_id: owner }, query: { limit, cursor } }, reply) => {
    const position = after(cursor);
    const name = position ? 'listAfter' : 'list';
    const { rows } = await pool.query<PageRow>({
      name,
      text: statements[name],
      values: [owner, limit + 1, ...(position ?? [])],
    });
    const { revision, ...found } = pageOf(rows, limit);
    reply.header('ETag', `"${revision}"`);
    return found;
  },
);

app.post<{ Params: Params; Body: { title: string; description?: string | null } }>(
  '/api/:user_id/tasks',
  { onRequest: authenticate, schema: { params: ofUser, body: newTask, response: { 201: task } } },
  async ({ params: { user_id: owner }, body: { title, description = null } }, reply) => {
    const row = await rowOf('create', [owner, uuidv7(), title, description]);
    reply.code(201).header('Location', `/api/${owner}/tasks/${row?.id ?? ''}`);
    return item(reply, row);
  },
);

app.patch<{ Params: Params; Body: { completed: boolean } }>(
  '/api/:user_id/tasks/:id/complete',
  {
    onRequest: authenticate,
    schema: { params: ofTask, body: completion, response: { 200: task } },
  },
  async ({ params, body }, reply) =>
    item(reply, await rowOf('complete', [params.user_id, params.id, body.completed])),
);

await app.listen({ port: Number(PORT), host: '127.0.0.1' });
