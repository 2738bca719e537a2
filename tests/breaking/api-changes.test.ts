import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { makeRepository, type Repository } from './repository.ts';

const TASK = '/api/{user_id}/tasks/{id}';

let cleanup: AsyncDisposableStack;
let repository: Repository;

beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  repository = await makeRepository(cleanup);
});
afterEach(() => cleanup.disposeAsync());

function removeOperation({ paths }: any): void {
  delete paths[TASK].delete;
}

function addOperation({ paths }: any): void {
  paths['/api/{user_id}/labels'] = { ...paths['/api/{user_id}'], delete: undefined };
}

function version(number: string): (contract: any) => void {
  return ({ info }) => (info.version = number);
}

describe('before the first release', () => {
  test('there is nothing to compare with', async () => {
    await repository.commit(removeOperation);
    const { exitCode, said } = await repository.gate();
    expect(said).toContain('There is no release yet');
    expect(said).toContain('Checked that the removal of any of the 8 paths would be found.');
    expect(exitCode).toBe(0);
  });

  test('a branch can be compared with', async () => {
    await repository.commit(removeOperation);
    const { exitCode, said } = await repository.gate('--base', 'HEAD~1');
    expect(said).toContain(`DELETE ${TASK}: api removed without deprecation`);
    expect(exitCode).toBe(1);
  });

  test('a branch that is not there is an error', async () => {
    const { exitCode, said } = await repository.gate('--base', 'nowhere');
    expect(said).toContain('nowhere');
    expect(exitCode).toBe(1);
  });
});

describe('after a release', () => {
  beforeEach(async () => {
    await repository.git('tag', 'v1.0.0');
    await repository.commit(() => undefined);
  });

  test('nothing has to be said when nothing has changed', async () => {
    expect(await repository.gate()).toMatchObject({ exitCode: 0 });
  });

  test('a minor version is not enough when something breaks', async () => {
    await repository.commit(removeOperation);
    await repository.commit(version('1.1.0'));
    await repository.gate('--write');
    const { exitCode, said } = await repository.gate();
    expect(said).toContain('a breaking change was detected but the major version did not increase');
    expect(exitCode).toBe(1);
  });

  test('a major version is, when the changelog says what broke', async () => {
    await repository.commit(removeOperation);
    await repository.commit(version('2.0.0'));
    const before = await repository.gate();
    expect(before).toMatchObject({ exitCode: 1 });
    expect(before.said).toContain('docs/CHANGELOG.md is stale: run npm run changelog');
    expect(await repository.gate('--write')).toMatchObject({ exitCode: 0 });
    expect(await repository.gate()).toMatchObject({ exitCode: 0 });
    const page = await repository.changelog();
    expect(page).toContain('### 2.0.0, since v1.0.0\n\n#### Breaks clients\n');
    expect(page).toContain(`- \`DELETE ${TASK}\`: api removed without deprecation\n`);
    // What was said before stays.
    expect(page).toContain('### 1.0.0, since the beginning');
  });

  test('an addition breaks nobody, and the changelog has to say it', async () => {
    await repository.commit(addOperation);
    expect(await repository.gate()).toMatchObject({ exitCode: 1 });
    await repository.gate('--write');
    expect(await repository.gate()).toMatchObject({ exitCode: 0 });
    expect(await repository.changelog()).toContain(
      '### Unreleased, since v1.0.0\n\n#### Breaks nobody\n\n- `GET /api/{user_id}/labels`: endpoint added\n',
    );
  });

  test('what stands in the changelog does not count where only faults do', async () => {
    await repository.commit(addOperation);
    expect(await repository.gate('--faults-only')).toMatchObject({ exitCode: 0 });
    await repository.commit(removeOperation);
    const { exitCode, said } = await repository.gate('--faults-only');
    expect(exitCode).toBe(1);
    expect(said).toContain(`DELETE ${TASK}: api removed without deprecation`);
    expect(said).not.toContain('docs/CHANGELOG.md');
  });

  test('the release that is being made is compared with the one before', async () => {
    await repository.commit(removeOperation);
    await repository.git('tag', 'v1.1.0');
    const { exitCode, said } = await repository.gate();
    expect(said).toContain('Since v1.0.0:');
    expect(exitCode).toBe(1);
  });

  test('the highest version counts, and only before the present commit', async () => {
    await repository.git('tag', 'v1.9.0');
    await repository.git('tag', 'v1.10.0');
    await repository.git('tag', 'v1.11.0-rc.1');
    await repository.git('checkout', '--quiet', '-b', 'elsewhere');
    await repository.commit(() => undefined);
    await repository.git('tag', 'v3.0.0');
    await repository.git('checkout', '--quiet', 'main');
    await repository.commit(() => undefined);
    expect((await repository.gate()).said).toContain('Since v1.10.0:');
  });

  test('a shallow clone fetches what it needs', async () => {
    await repository.commit(removeOperation);
    const clone = await repository.clone('--depth=1', '--no-tags');
    const { exitCode, said } = await clone.gate();
    expect(said).toContain('Since v1.0.0:');
    expect(exitCode).toBe(1);
  });

  test('a clone without tags is not taken for a project without releases', async () => {
    const clone = await repository.clone('--no-tags');
    const { exitCode, said } = await clone.gate();
    expect(said).toContain('This clone does not have the releases v1.0.0: git fetch --tags');
    expect(exitCode).toBe(1);
  });
});
