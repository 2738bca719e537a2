import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { decodeJwt, jwtVerify } from 'jose';
import { makeTemporaryDirectory, run, type TemporaryDirectory } from '../support/stack.ts';

jest.setTimeout(30_000);

const secret = 'a-secret-of-this-test-with-more-than-32-bytes';

describe('npm run token', () => {
  let directory: TemporaryDirectory;

  beforeAll(async () => {
    directory = await makeTemporaryDirectory();
  });

  afterAll(() => directory.remove());

  async function token(args: readonly string[], env: Record<string, string> = {}) {
    const data = ['--data', directory.path];
    const program = run(process.execPath, ['scripts/token.ts', ...data, ...args], env);
    const code = await program.ended;
    return { code, stdout: program.stdout(), stderr: program.stderr() };
  }

  test('prints one token and nothing else, valid for an hour', async () => {
    const npm = run('npm', ['run', '--silent', 'token', '--', '--sub', 'alice'], {
      JWT_SECRET: secret,
    });
    await expect(npm.ended).resolves.toBe(0);
    expect(npm.stderr()).toBe('');
    expect(npm.stdout()).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const key = new TextEncoder().encode(secret);
    const { payload } = await jwtVerify(npm.stdout().trim(), key, { algorithms: ['HS256'] });
    expect(Object.keys(payload).sort()).toEqual(['exp', 'iat', 'sub']);
    expect(payload.sub).toBe('alice');
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(3600);
    expect(Math.abs((payload.iat ?? 0) - Date.now() / 1000)).toBeLessThan(10);
  });

  test('takes subject, lifetime, address, issuer and audience', async () => {
    const { stdout } = await token(
      ['--sub', '😀'.repeat(255), '--ttl', '60', '--email', 'alice@example.com'],
      { JWT_SECRET: secret, JWT_ISSUER: 'https://id.example', JWT_AUDIENCE: 'todo' },
    );
    const claims = decodeJwt(stdout);
    expect(claims).toMatchObject({
      sub: '😀'.repeat(255),
      email: 'alice@example.com',
      iss: 'https://id.example',
      aud: 'todo',
    });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(60);
  });

  test('uses the secret that npm start has made, also when JWT_SECRET is empty', async () => {
    const missing = await token(['--sub', 'alice']);
    expect(missing).toMatchObject({ code: 1, stdout: '' });
    expect(missing.stderr).toContain('npm start');

    await mkdir(directory.path, { recursive: true });
    await writeFile(join(directory.path, 'jwt-secret'), `${secret}\n`);
    const { code, stdout } = await token(['--sub', 'alice'], { JWT_SECRET: '' });
    expect(code).toBe(0);
    await jwtVerify(stdout.trim(), new TextEncoder().encode(secret));
  });

  test.each([
    [[], '--sub'],
    [['--sub', ''], '--sub'],
    [['--sub', 'x'.repeat(256)], '--sub'],
    [['--sub', 'a\nb'], '--sub'],
    [['--sub', 'alice', '--ttl', '0'], '--ttl'],
    [['--sub', 'alice', '--ttl', '1.5'], '--ttl'],
    [['--sub', 'alice', '--ttl', '31536001'], '--ttl'],
    [['--sub', 'alice', '--unknown'], '--unknown'],
    [['alice'], 'alice'],
  ])('refuses %j on stderr with exit code 1', async (args, mention) => {
    const { code, stdout, stderr } = await token(args, { JWT_SECRET: secret });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(mention);
  });

  test('refuses a secret that is too short', async () => {
    const result = await token(['--sub', 'alice'], { JWT_SECRET: 'short' });
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toContain('32 bytes');
  });

  test('--help says how', async () => {
    const { code, stdout } = await token(['--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('--sub SUBJECT');
  });
});
