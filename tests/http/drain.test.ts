import { once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { createHttpServer, type HttpServer } from '../../src/http/http-server.ts';
import { listen } from '../support/listen.ts';
import { openConnection, type RawConnection } from '../support/raw.ts';

/** In milliseconds; longer than any test may take, so that one that waits for it fails. */
const TIMEOUT = 200_000;

let http: HttpServer;
let url: string;
let close: () => Promise<void>;
/** What has been begun, by its path: each test gives the answers itself. */
let begun: Map<string, ServerResponse>;
let connection: RawConnection;
beforeEach(async () => {
  begun = new Map();
  const app: RequestListener = ({ url: path = '' }, res) => void begun.set(path, res);
  http = createHttpServer(app, pino({ level: 'silent' }));
  ({ origin: url, close } = await listen(http.server));
});
afterEach(async () => {
  connection.socket.destroy();
  if (http.server.listening) await close();
});

const request = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

/** Sends requests in one packet, and waits until all have begun. */
async function begin(...paths: readonly string[]): Promise<ServerResponse[]> {
  connection.write(paths.map(request).join(''));
  while (begun.size < paths.length) await new Promise((resolve) => setImmediate(resolve));
  return paths.map((path) => begun.get(path)!);
}

/** Begins a drain while the client has the head of an answer, which says that the connection goes on. */
async function drainBehindHead(): Promise<{ first: ServerResponse; drained: Promise<void> }> {
  const [first] = await begin('/first');
  first!.writeHead(200, { 'Content-Length': 2 }).write('a');
  return { first: first!, drained: http.drain(TIMEOUT) };
}

test('what comes behind the last answer is not begun, and what has begun is over', async () => {
  connection = await openConnection(url, { allowHalfOpen: true });
  const { first, drained } = await drainBehindHead();
  const ended = once(connection.socket, 'end');
  first.end('b');
  expect(await connection.answer()).toMatchObject({
    text: 'ab',
    headers: { connection: 'keep-alive' },
  });
  await ended;
  connection.write(request('/second'));
  await drained;
  expect([...begun.keys()]).toEqual(['/first']);
});

test('the body of what is not begun is read, so that the answer before it can be read, too', async () => {
  connection = await openConnection(url);
  const { first, drained } = await drainBehindHead();
  // More than fits into the buffers on the way.
  const body = 'x'.repeat(16_000_000);
  connection.write(`POST /second HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`);
  await new Promise((resolve) => connection.socket.write(body, resolve));
  first.end('b');
  expect((await connection.answer()).text).toBe('ab');
  await drained;
  expect([...begun.keys()]).toEqual(['/first']);
});

test('who sends request after request of which none is begun is cut off', async () => {
  connection = await openConnection(url);
  const { drained } = await drainBehindHead();
  const closed = once(connection.socket, 'close');
  connection.write(request('/second').repeat(101));
  await closed;
  await drained;
});

test('a connection without a request is closed, and not broken off, whatever is on its way', async () => {
  connection = await openConnection(url);
  const failures: Error[] = [];
  connection.socket.on('error', (error) => failures.push(error));
  const closed = once(connection.socket, 'close');
  // Known to the server, so accepted.
  (await begin('/first'))[0]!.end();
  await connection.answer();
  // The server finds it only after it has begun to drain.
  connection.write(request('/second'));
  const drained = http.drain(TIMEOUT);
  await closed;
  await drained;
  expect(failures).toEqual([]);
  expect([...begun.keys()]).toEqual(['/first']);
});

test('an answer that fails before its turn does not take the others with it', async () => {
  connection = await openConnection(url);
  const [first, second, third] = await begin('/first', '/second', '/third');
  const drained = http.drain(TIMEOUT);
  third!.destroy();
  await once(third!, 'close');
  first!.end('a');
  expect((await connection.answer()).status).toBe(200);
  second!.end('b');
  expect((await connection.answer()).status).toBe(200);
  await drained;
});

test('what a client has not read yet comes to its end, and so does what is behind it', async () => {
  connection = await openConnection(url);
  connection.socket.pause();
  const [first] = await begin('/first', '/second');
  // More than fits into the buffers on the way.
  const text = 'x'.repeat(16_000_000);
  first!.end(text);
  const drained = http.drain(TIMEOUT);
  begun.get('/second')!.end('b');
  connection.socket.resume();
  expect((await connection.answer()).text.length).toBe(text.length);
  expect(await connection.answer()).toMatchObject({ headers: { connection: 'close' }, text: 'b' });
  await drained;
});
