import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { bundle, operationsOf, type Contract } from '../../scripts/contract/document.ts';
import { withSamples } from '../../scripts/contract/samples.ts';
import { signedIn, type Client } from '../support/client.ts';
import { operations } from '../support/contract.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signToken } from '../support/tokens.ts';

// Each sample is a process of its own.
jest.setTimeout(120_000);

interface Sample {
  readonly lang: string;
  readonly label: string;
  readonly source: string;
}

/** How a sample of each language is run. */
const PROGRAMS: Record<string, (source: string) => [string, string[]]> = {
  curl: (source) => ['sh', ['-euc', source]],
  JavaScript: (source) => [process.execPath, ['--input-type=module', '-e', source]],
  Python: (source) => ['python3', ['-c', source]],
};

const EXAMPLE_SERVER = 'http://127.0.0.1:3000';
const EXAMPLE_TASK = '019bc0fd-89c0-7c3e-9f41-6f0c2d8e5a17';

const document: Contract = await bundle(
  fileURLToPath(new URL('../../openapi/openapi.yaml', import.meta.url)),
);
const samples = new Map(
  Object.values(withSamples(document).paths)
    .flatMap(operationsOf)
    .map(([, operation]) => [
      operation.operationId,
      (operation as unknown as { 'x-codeSamples': Sample[] })['x-codeSamples'],
    ]),
);
const languages = await installedLanguages();

/** Python is not everywhere that npm is. curl is needed by the tour in the README, too. */
async function installedLanguages(): Promise<string[]> {
  const hasPython = await promisify(execFile)('python3', ['--version']).then(
    () => true,
    () => false,
  );
  return Object.keys(PROGRAMS).filter((label) => hasPython || label !== 'Python');
}

test('every operation has a sample in every language', () => {
  expect([...samples.keys()].sort()).toStrictEqual(operations.map(({ id }) => id).sort());
  for (const list of samples.values()) {
    expect(list.map(({ label }) => label)).toStrictEqual(Object.keys(PROGRAMS));
  }
});

describe.each(languages)('the samples in %s', (label) => {
  let server: TestServer;
  let alice: Client;

  beforeAll(async () => {
    server = await startTestServer();
    alice = await signedIn(server.url, 'alice');
  });
  afterAll(() => server.close());

  /** Runs a sample as it is shown, but for the server, the task and the entity-tag, which are those of the test. */
  async function run(id: string, task = '', etag = ''): Promise<string> {
    const source = samples.get(id)?.find((sample) => sample.label === label)?.source ?? '';
    const [command, args] = PROGRAMS[label]!(
      source
        .replaceAll(EXAMPLE_SERVER, server.url)
        .replaceAll(EXAMPLE_TASK, task)
        .replaceAll(/"\d+"(?=['"])/g, etag),
    );
    const env = { ...process.env, TOKEN: await signToken({ sub: 'alice' }), NODE_OPTIONS: '' };
    return (await promisify(execFile)(command, args, { env })).stdout;
  }

  test('do what they say, one after the other', async () => {
    for (const id of ['getHealth', 'getLiveness', 'getReadiness']) {
      expect(await run(id)).toContain('ok');
    }
    expect(await run('createTask')).toContain('Buy milk');
    const { body } = await alice('GET', '/api/alice/tasks');
    const path = `/api/alice/tasks/${body.items[0].id}`;
    const etag = async () => (await alice('GET', path)).headers.get('ETag')!;
    const change = async (id: string) => run(id, body.items[0].id, await etag());

    expect(await run('listTasks')).toContain(body.items[0].id);
    expect(await change('getTask')).toContain(body.items[0].id);
    const before = await etag();
    expect(await change('replaceTask')).toContain(body.items[0].id);
    expect(await etag()).not.toBe(before);
    expect(await change('updateTask')).toContain(body.items[0].id);
    await change('setTaskCompletion');
    expect((await alice('GET', path)).body.completed).toBe(true);
    await change('deleteTask');
    expect((await alice('GET', path)).status).toBe(404);

    expect(await run('exportUser')).toContain('alice');
    expect(await run('getUser')).toContain('alice');
    const user = await alice('GET', '/api/alice');
    await run('deleteUser', '', user.headers.get('ETag')!);
    expect((await alice('GET', '/api/alice')).status).toBe(401);
  });

  test('fail when the answer is a problem', async () => {
    await expect(run('getTask', EXAMPLE_TASK)).rejects.toThrow('Command failed');
    await expect(run('replaceTask', 'no-id', '"0"')).rejects.toThrow('Command failed');
  });
});
