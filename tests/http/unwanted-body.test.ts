import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { signedIn, type Client } from '../support/client.ts';
import { openConnection, sendRaw } from '../support/raw.ts';
import { createTask, expectProblem, tasksOf } from '../support/scenarios.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signToken } from '../support/tokens.ts';

let server: TestServer;
let alice: Client;
let token: string;
beforeAll(async () => {
  server = await startTestServer();
  alice = await signedIn(server.url, 'alice');
  token = await signToken({ sub: 'alice' });
});
afterAll(() => server.close());

function deletion(path: string, ...fields: string[]): string {
  const all = ['Host: x', `Authorization: Bearer ${token}`, ...fields];
  return `DELETE ${path} HTTP/1.1\r\n${all.join('\r\n')}\r\n\r\n`;
}

async function newTask(): Promise<string> {
  const { id } = await createTask(alice, 'alice');
  return `${tasksOf('alice')}/${id}`;
}

describe('a body that a deletion does not want', () => {
  test.each([
    ['is not chunked as it says', ['Transfer-Encoding: chunked'], 'zz\r\n'],
    ['ends early', ['Content-Length: 50'], 'abc'],
  ])('and that %s: 400, and nothing is deleted', async (_what, fields, body) => {
    const path = await newTask();
    const connection = await openConnection(server.url);
    try {
      const closed = once(connection.socket, 'close');
      connection.write(deletion(path, ...fields));
      connection.write(body);
      connection.socket.end();
      const answer = await connection.answer();
      expect([answer.status, JSON.parse(answer.text).code]).toEqual([400, 'malformed_request']);
      await closed;
    } finally {
      connection.socket.destroy();
    }
    expect((await alice('GET', path)).status).toBe(200);
  });

  test('is 413 when it is too large, and nothing is deleted', async () => {
    const path = await newTask();
    for (const body of ['x'.repeat(131_073), '']) {
      const length = 131_073;
      const answer = body
        ? await alice('DELETE', path, { body })
        : await sendRaw(server.url, deletion(path, `Content-Length: ${length}`));
      if ('body' in answer) expectProblem(answer, 413, 'content_too_large');
      else expect(answer.status).toBe(413);
    }
    expect((await alice('GET', path)).status).toBe(200);
  });

  test('is passed over when it arrives whole, and the connection goes on', async () => {
    const [one, two] = [await newTask(), await newTask()];
    const connection = await openConnection(server.url);
    try {
      connection.write(`${deletion(one, 'Content-Length: 1')}{${deletion(two)}`);
      expect((await connection.answer()).status).toBe(204);
      expect((await connection.answer()).status).toBe(204);
    } finally {
      connection.socket.destroy();
    }
  });
});
