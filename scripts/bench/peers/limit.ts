/**
 * A peer of the benchmark: as little as Node needs to do the work. The bare http module, pg with named statements, and
 * jose; no validation of anything, no limits, no log, no security headers. Not for use.
 *
 * Each request's token is verified, unless `REMEMBERED_TOKENS` says how many of those that were verified are remembered.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { jwtVerify, type JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { after, pageOf, statements, taskOf, type PageRow, type TaskRow } from './tasks.ts';

const { DATABASE_URL, DATABASE_POOL_MAX, JWT_SECRET, PORT, REMEMBERED_TOKENS } = process.env;
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: Number(DATABASE_POOL_MAX) });
const key = await crypto.subtle.importKey(
  'raw',
  Buffer.from(JWT_SECRET ?? ''),
  { name: 'HMAC', hash: 'SHA-256' },
  false,
  ['verify'],
);
const verified =
  REMEMBERED_TOKENS === undefined
    ? undefined
    : new LRUCache<string, JWTPayload>({ max: Number(REMEMBERED_TOKENS) });

async function payloadOf(token: string): Promise<JWTPayload> {
  const known = verified?.get(token);
  if (known && Date.now() < (known.exp ?? 0) * 1_000) return known;
  const { payload } = await jwtVerify(token, key, { algorithms: ['HS256'] });
  verified?.set(token, payload);
  return payload;
}

async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const url = req.url ?? '';
  if (url === '/livez') {
    answer(res, 200, { status: 'ok' });
    return;
  }
  const question = url.indexOf('?');
  const path = question === -1 ? url : url.slice(0, question);
  const [, , userId = '', , id, action] = path.split('/');
  const { authorization = '' } = req.headers;
  const payload = await payloadOf(authorization.slice(7));
  if (payload.sub !== decodeURIComponent(userId)) {
    answer(res, 403, { code: 'forbidden' });
  } else if (req.method === 'GET' && id !== undefined) {
    item(res, 200, await rowOf('get', [payload.sub, id]));
  } else if (req.method === 'GET') {
    const query = new URLSearchParams(question === -1 ? '' : url.slice(question));
    await list(res, payload.sub, query);
  } else if (req.method === 'POST') {
    const { title, description = null } = JSON.parse(await read(req)) as Record<string, unknown>;
    item(res, 201, await rowOf('create', [payload.sub, uuidv7(), title, description]));
  } else if (action === 'complete') {
    const { completed } = JSON.parse(await read(req)) as { completed: boolean };
    item(res, 200, await rowOf('complete', [payload.sub, id, completed]));
  } else {
    answer(res, 405, { code: 'method_not_allowed' });
  }
}

async function rowOf(name: keyof typeof statements, values: unknown[]) {
  const { rows } = await pool.query<TaskRow>({ name, text: statements[name], values });
  return rows[0];
}

async function list(res: ServerResponse, owner: string, query: URLSearchParams): Promise<void> {
  const limit = Number(query.get('limit') ?? 20);
  const position = after(query.get('cursor'));
  const name = position ? 'listAfter' : 'list';
  const { rows } = await pool.query<PageRow>({
    name,
    text: statements[name],
    values: [owner, limit + 1, ...(position ?? [])],
  });
  const { revision, ...page } = pageOf(rows, limit);
  res.setHeader('ETag', `"${revision}"`);
  answer(res, 200, page);
}

function item(res: ServerResponse, status: number, row: TaskRow | undefined): void {
  if (!row) {
    answer(res, 404, { code: 'task_not_found' });
    return;
  }
  res.setHeader('ETag', `"${row.revision}"`);
  if (status === 201) res.setHeader('Location', `/api/${row.user_id}/tasks/${row.id}`);
  answer(res, status, taskOf(row));
}

function answer(res: ServerResponse, status: number, body: object): void {
  const payload = JSON.stringify(body);
  res.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(payload),
  });
  res.end(payload);
}

async function read(req: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of req.setEncoding('utf8')) text += String(chunk);
  return text;
}

createServer((req, res) => {
  handle(req, res).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    answer(res, 500, { code: 'internal' });
  });
}).listen(Number(PORT), '127.0.0.1');
