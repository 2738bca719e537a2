import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openConnection, sendRaw } from '../support/raw.ts';
import { startListeningProcess } from '../support/process.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signToken } from '../support/tokens.ts';

const CONNECT = 'CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n';

let server: TestServer;
let token: string;
beforeAll(async () => {
  server = await startTestServer();
  token = await signToken({ sub: 'alice' });
});
afterAll(() => server.close());

test('clients that reset the connection behind CONNECT do not end the process', async () => {
  const other = await startListeningProcess(server.databaseUrl);
  try {
    const { hostname, port } = new URL(other.url);
    for (let round = 0; round < 60; round += 1) {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      socket.write(CONNECT);
      socket.resetAndDestroy();
    }
    // Behind the last of them.
    expect((await sendRaw(other.url, CONNECT)).status).toBe(405);
    expect((await fetch(`${other.url}/livez`)).status).toBe(200);
  } finally {
    await other.kill();
  }
});

test('CONNECT behind another request is not answered in its place', async () => {
  const body = '{"title":"before CONNECT"}';
  const connection = await openConnection(server.url);
  try {
    const closed = once(connection.socket, 'close');
    connection.write(
      `POST /api/alice/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}${CONNECT}`,
    );
    const answer = await connection.answer();
    expect([answer.status, JSON.parse(answer.text).title]).toEqual([201, 'before CONNECT']);
    await closed;
    await expect(connection.answer()).rejects.toThrow('ended after ""');
  } finally {
    connection.socket.destroy();
  }
});

test('a client that has its answer to CONNECT cannot keep the connection', async () => {
  const { hostname, port } = new URL(server.url);
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
  const broken = new Promise((resolve) => socket.once('error', resolve));
  socket.write(CONNECT);
  await once(socket.resume(), 'end');
  // The client does not close its side, and learns that nobody reads there any more by writing.
  const writing = setInterval(() => socket.write('x'), 50);
  expect(await broken).toHaveProperty('code');
  clearInterval(writing);
  socket.destroy();
});
