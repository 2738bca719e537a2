import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createClient, signedIn } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { LEAK_MARKER } from '../support/log-leaks.ts';
import { startServerProcess } from '../support/process.ts';
import { openConnection } from '../support/raw.ts';
import { createTask, tasksOf } from '../support/scenarios.ts';
import { signToken, TEST_JWT_SECRET } from '../support/tokens.ts';
import { wayOf } from '../support/way.ts';
import { startCollector, type Collector, type ExportedSpan } from './collector.ts';
import { startObservedServer, type ObservedServer } from './observed.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const UNSAMPLED = '5bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const USER = `user-${LEAK_MARKER}`;

const SERVER = 2;
const CLIENT = 3;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

describe('a server that is told where a collector is', () => {
  let collector: Collector;
  let log: any[];
  let spans: ExportedSpan[];

  /** One server does it all, because spans are exported for sure when it stops. */
  beforeAll(async () => {
    collector = await startCollector();
    const server = await startObservedServer(database.url, {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_SERVICE_NAME: 'todo-under-test',
    });
    await useServer(server);
    const { code, stdout } = await server.stop();
    expect(code).toBe(0);
    log = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    spans = collector.spans();
  });
  afterAll(() => collector.close());

  async function useServer({ url }: ObservedServer): Promise<void> {
    const client = await signedIn(url, USER);
    const { id } = await createTask(client, USER, { title: `${LEAK_MARKER} title` });
    const token = await signToken({ sub: USER });
    const from = (trace: string, flags: string) => ({
      headers: {
        traceparent: `00-${trace}-${SPAN}-${flags}`,
        tracestate: `vendor=${LEAK_MARKER}`,
        baggage: `vendor=${LEAK_MARKER}`,
      },
    });
    await client('GET', `${tasksOf(USER)}/${id}`, from(TRACE, '01'));
    await client('GET', tasksOf(USER), from(UNSAMPLED, '00'));
    await client('GET', `/nowhere/${USER}?token=${token}`);
    const fields = { title: `${LEAK_MARKER} in a transaction` };
    const headers = { 'Idempotency-Key': `"${LEAK_MARKER}"` };
    await client('POST', tasksOf(USER), { body: fields, headers });
    await createClient(url)('GET', tasksOf(USER));
    const connection = await openConnection(url);
    connection.write(
      [
        `PUT ${tasksOf(USER)}/${id} HTTP/1.1`,
        'Host: x',
        `Authorization: Bearer ${token}`,
        'Content-Type: application/json',
        'Transfer-Encoding: chunked',
        '\r\n',
      ].join('\r\n'),
    );
    connection.write('ZZZ\r\n');
    await connection.answer();
    connection.socket.destroy();
  }

  const of = (name: string) => spans.filter((span) => span.name === name);

  test('joins the trace of its caller', () => {
    const [span] = spans.filter(({ traceId, kind }) => traceId === TRACE && kind === SERVER);
    expect(span).toMatchObject({
      name: 'GET /api/{user_id}/tasks/{id}',
      parentSpanId: SPAN,
      status: 0,
      attributes: {
        'http.request.method': 'GET',
        'http.route': '/api/{user_id}/tasks/{id}',
        'http.response.status_code': 200,
        'app.operation_id': 'getTask',
      },
      resource: { 'service.name': 'todo-under-test' },
    });
  });

  test('has the statements of a request in its trace, and below its span', () => {
    const [request] = spans.filter(({ traceId, kind }) => traceId === TRACE && kind === SERVER);
    const statements = spans.filter(({ traceId, kind }) => traceId === TRACE && kind === CLIENT);
    expect(statements.map(({ name }) => name)).toEqual(['select_task']);
    expect(statements[0]).toMatchObject({
      parentSpanId: request?.spanId,
      attributes: { 'db.system.name': 'postgresql', 'db.query.summary': 'select_task' },
    });
  });

  test('has the statements of a transaction in the trace of its request, too', () => {
    const stored = of('store_answer')[0];
    const request = spans.find(({ spanId }) => spanId === stored?.parentSpanId);
    expect(request).toMatchObject({ name: 'POST /api/{user_id}/tasks', traceId: stored?.traceId });
    const sisters = spans.filter(({ parentSpanId }) => parentSpanId === request?.spanId);
    expect(sisters.map(({ name }) => name)).toEqual(['take_key', 'insert_task', 'store_answer']);
  });

  test('begins a trace where there is none, and logs under its id', () => {
    const lines = log.filter(({ msg }) => msg === 'request');
    expect(lines).toHaveLength(7);
    const recorded = spans.filter(({ kind }) => kind === SERVER);
    const logged = lines.map(({ trace_id }) => trace_id).filter((id) => id !== UNSAMPLED);
    expect(recorded.map(({ traceId }) => traceId).sort()).toEqual(logged.sort());
    expect(new Set(logged).size).toBe(6);
  });

  test('records no trace that its caller does not', () => {
    expect(spans.filter(({ traceId }) => traceId === UNSAMPLED)).toEqual([]);
  });

  test('gives a path that it does not know no name but its method', () => {
    const [unknown] = of('GET');
    expect(unknown?.attributes).toMatchObject({ 'http.response.status_code': 404 });
    expect(unknown?.attributes).not.toHaveProperty('http.route');
  });

  test('says which problem it answered', () => {
    const refused = of('GET /api/{user_id}/tasks')[0];
    expect(refused?.attributes['app.problem']).toBe('authentication_required');
  });

  test('says what was answered on the connection itself, and that nobody left', () => {
    const [broken] = of('PUT /api/{user_id}/tasks/{id}');
    expect(broken).toMatchObject({
      status: 0,
      attributes: { 'http.response.status_code': 400, 'app.problem': 'malformed_request' },
    });
    expect(broken?.attributes).not.toHaveProperty('error.type');
  });

  test('exports no word, no id, and no token of a user', () => {
    const received = collector.received();
    expect(received).toContain('select_task');
    expect(received).not.toContain(LEAK_MARKER);
    expect(received).not.toContain('eyJ');
  });
});

test('what fails in the database is an error of both spans, by its code alone', async () => {
  const collector = await startCollector();
  // A database in which there is nothing.
  const url = new URL(database.url);
  url.pathname = '/postgres';
  const server = await startObservedServer(url.href, {
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/v1/traces`,
  });
  const client = await signedIn(server.url, USER);
  expect((await client('GET', tasksOf(USER))).status).toBe(500);
  await server.stop();
  await collector.close();

  // The server asks for its database at the start, which makes a span, too, at some time.
  const spans = collector.spans();
  const statement = spans.find(({ name }) => name === 'select_tasks');
  const request = spans.find(({ kind }) => kind === SERVER);
  expect(statement).toMatchObject({
    status: 2,
    attributes: { 'db.response.status_code': '42P01', 'error.type': '42P01' },
  });
  expect(request).toMatchObject({ status: 2, attributes: { 'error.type': 'internal_error' } });
  expect(collector.received()).not.toContain('does not exist');
});

test('a collector that is not there costs no request, and the log says so', async () => {
  const collector = await startCollector();
  await collector.close();
  const server = await startObservedServer(database.url, {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_BSP_SCHEDULE_DELAY: '10',
    OTEL_EXPORTER_OTLP_TIMEOUT: '100',
  });
  expect((await createClient(server.url)('GET', '/livez')).status).toBe(200);
  const line = await server.logged('the export of traces has failed or lost something');
  expect(line).toMatchObject({ level: 'warn' });
  expect((await server.stop()).code).toBe(0);
});

test('a server that is told nothing of traces does not load what makes them', async () => {
  const server = startServerProcess({
    ...wayOf(database.url),
    JWT_SECRET: TEST_JWT_SECRET,
    PORT: '0',
    NODE_DEBUG: 'module,esm',
  });
  await server.logged('listening');
  server.kill('SIGTERM');
  const { code, stderr } = await server.exit;
  expect(code).toBe(0);
  const loaded = new Set(
    Array.from(stderr.matchAll(/node_modules\/((?:@[\w-]+\/)?[\w-]+)/g), ([, name]) => name),
  );
  expect(loaded).toContain('slonik');
  // Slonik needs that one, which does nothing by itself.
  expect([...loaded].filter((name) => name?.startsWith('@opentelemetry/'))).toEqual([
    '@opentelemetry/api',
  ]);
});
