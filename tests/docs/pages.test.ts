import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { redocly } from '../../scripts/contract/redocly.ts';
import { welcome } from '../../scripts/local/welcome.ts';
import { problems } from '../../src/contract/problems.ts';
import { readDocsFiles } from '../../src/docs/files.ts';
import { createClient } from '../support/client.ts';
import { contract } from '../support/contract.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { sendRaw } from '../support/raw.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const POLICY =
  "default-src 'none';script-src 'self';style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='" +
  ";img-src 'self';font-src data:;base-uri 'none';form-action 'none';frame-ancestors 'none'";

const HEADERS = {
  'cache-control': 'public, no-cache',
  connection: 'keep-alive',
  'content-security-policy': POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  date: expect.any(String),
  'keep-alive': 'timeout=65',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-request-id': expect.any(String),
};

/** An answer over a connection of its own, as it came: nothing is decompressed. */
async function ask(path: string, fields: Record<string, string> = {}, method = 'GET') {
  const lines = Object.entries({ Host: 'x', ...fields }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  const request = `${[`${method} ${path} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`;
  return sendRaw(server.url, request, { withoutBody: method === 'HEAD' });
}

const MEDIA_TYPES: Record<string, string> = {
  '/docs': 'text/html; charset=utf-8',
  '/docs/icon.svg': 'image/svg+xml; charset=utf-8',
  '/docs/page.js': 'text/javascript; charset=utf-8',
  '/docs/redoc.css': 'text/css; charset=utf-8',
  '/openapi.json': 'application/json; charset=utf-8',
  '/openapi.yaml': 'application/yaml; charset=utf-8',
  '/problems': 'text/html; charset=utf-8',
  '/problems/forbidden': 'text/html; charset=utf-8',
};

describe('what is served beside the API', () => {
  test.each(Object.entries(MEDIA_TYPES))(
    'has at %s exactly the headers that are meant',
    async (path, mediaType) => {
      const { status, headers, text } = await ask(path);
      const length = Buffer.byteLength(text);
      expect(status).toBe(200);
      expect(headers).toStrictEqual({
        ...HEADERS,
        'content-type': mediaType,
        'content-length': String(length),
        etag: `"${createHash('sha256').update(text).digest('base64url')}"`,
        ...(length >= 1024 && { vary: 'Accept-Encoding' }),
      });
    },
  );

  test.each([...readDocsFiles().keys()])('takes GET, HEAD and OPTIONS alone: %s', async (path) => {
    const get = await ask(path);
    const head = await ask(path, {}, 'HEAD');
    const moment = { date: '', 'x-request-id': '' };
    expect({ ...head.headers, ...moment }).toStrictEqual({ ...get.headers, ...moment });
    expect(head.status).toBe(200);

    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const { status, headers, body } = await createClient(server.url)(method, path);
      expect([status, headers.get('Allow')]).toStrictEqual([405, 'GET, HEAD, OPTIONS']);
      expect(body.code).toBe('method_not_allowed');
    }
    const options = await ask(path, {}, 'OPTIONS');
    expect([options.status, options.headers.allow]).toStrictEqual([204, 'GET, HEAD, OPTIONS']);
  });

  test('is answered with 304 to whoever has it, for GET and HEAD', async () => {
    const { etag = '' } = (await ask('/openapi.json')).headers;
    for (const method of ['GET', 'HEAD']) {
      for (const sent of [etag, `"other", ${etag}`, `W/${etag}`, '*']) {
        const { status, headers } = await ask('/openapi.json', { 'If-None-Match': sent }, method);
        expect(status).toBe(304);
        expect(headers).toStrictEqual({ ...HEADERS, etag, vary: 'Accept-Encoding' });
      }
    }
    expect((await ask('/openapi.json', { 'If-None-Match': '"other"' })).status).toBe(200);
  });

  test('is compressed for whoever wants that, under another entity-tag', async () => {
    const plain = await fetch(`${server.url}/docs/redoc.js`, {
      headers: { 'Accept-Encoding': 'identity' },
    });
    const packed = await fetch(`${server.url}/docs/redoc.js`, {
      headers: { 'Accept-Encoding': 'gzip, br' },
    });
    expect(plain.headers.get('Content-Encoding')).toBeNull();
    expect(packed.headers.get('Content-Encoding')).toBe('gzip');
    expect(packed.headers.get('Vary')).toBe('Accept-Encoding');
    expect(Number(packed.headers.get('Content-Length'))).toBeLessThan(800_000);
    // fetch has undone it.
    expect(await packed.text()).toBe(await plain.text());

    const etag = packed.headers.get('ETag')!;
    expect(etag).not.toBe(plain.headers.get('ETag'));
    const headers = { 'If-None-Match': etag };
    const again = (encoding: string) =>
      ask('/docs/redoc.js', { ...headers, 'Accept-Encoding': encoding }, 'HEAD');
    expect((await again('gzip')).status).toBe(304);
    expect((await again('identity')).status).toBe(200);
    expect((await again('gzip;q=0')).status).toBe(200);
  });

  test('needs no token, and counts against no limit', async () => {
    const limited = await startTestServer({
      RATE_LIMIT: '1/60',
      DATABASE_URL: server.databaseUrl,
    });
    for (const authorization of ['', 'Bearer damaged', 'Bearer damaged']) {
      const response = await fetch(`${limited.url}/docs`, { headers: { authorization } });
      await response.text();
      expect([response.status, response.headers.get('RateLimit')]).toStrictEqual([200, null]);
    }
    await limited.close();
  });

  test('is served while the database is away', async () => {
    const alone = await startTestServer({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing' });
    expect((await fetch(`${alone.url}/docs`)).status).toBe(200);
    await alone.close();
  });

  test('has its line in the log, like everything else', async () => {
    const { headers } = await ask('/docs');
    const line = server
      .logged()
      .find(({ msg, request_id: id }) => msg === 'request' && id === headers['x-request-id']);
    expect(line).toMatchObject({ method: 'GET', status: 200, duration_ms: expect.any(Number) });
    expect(line).not.toHaveProperty('operation');
  });

  test('is nothing but what it is meant to be: no directory, no file beside it', async () => {
    for (const path of [
      '/docs/',
      '/docs/index.html',
      '/docs/../package.json',
      '/docs/%2e%2e/openapi.json',
      '/problems/',
      '/problems/nothing',
      '/problems/forbidden.html',
      '/Docs',
    ]) {
      expect((await ask(path)).status).toBe(404);
    }
  });
});

describe('the contract', () => {
  test('is served as it is in the repository, as JSON and as YAML', async () => {
    const json = await (await fetch(`${server.url}/openapi.json`)).json();
    expect(json).toStrictEqual(contract);
    const directory = await mkdtemp(join(tmpdir(), 'todo-api-yaml-'));
    const file = join(directory, 'openapi.yaml');
    await writeFile(file, await (await fetch(`${server.url}/openapi.yaml`)).text());
    const yaml = JSON.parse(await redocly(['bundle', file, '--ext', 'json'], directory));
    await rm(directory, { recursive: true });
    expect(yaml).toStrictEqual(contract);
  });
});

describe('the pages', () => {
  const files = [...readDocsFiles()].filter(([, { mediaType }]) => mediaType === 'text/html');

  test.each(files)('link to what this server has, and have nothing inline: %s', (path, file) => {
    const html = file.content.toString();
    const known = readDocsFiles();
    const links = [...html.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, link]) => link);
    expect(links.length).toBeGreaterThan(0);
    expect(links.filter((link) => link === undefined || !known.has(link))).toStrictEqual([]);
    expect(html).not.toMatch(/<style|style=|<script(?![^>]*src=)|\bon\w+=/);
  });

  test.each(Object.entries(problems))(
    'explain the problem %s at its type',
    async (code, { status, title }) => {
      const html = await (await fetch(`${server.url}/problems/${code}`)).text();
      expect(html).toContain(`<h1>${status} ${title}</h1>`);
      expect(html).toContain('<dt>What to do</dt>');
      expect(html).not.toContain('`');
      const index = await (await fetch(`${server.url}/problems`)).text();
      expect(index).toContain(`<a href="/problems/${code}">`);
    },
  );

  test('are found by the type that an error carries', async () => {
    const refused = await fetch(`${server.url}/api/alice/tasks`);
    const { type, title } = (await refused.json()) as { type: string; title: string };
    const page = await fetch(new URL(type, refused.url));
    expect(page.headers.get('Content-Type')).toBe('text/html; charset=utf-8');
    expect(await page.text()).toContain(title);
  });
});

test('npm start says where they are', () => {
  expect(welcome('http://127.0.0.1:3000', 'token')).toContain(' http://127.0.0.1:3000/docs\n');
});
