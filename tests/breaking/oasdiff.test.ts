import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  apiChanges,
  compare,
  installOasdiff,
  versionFaults,
} from '../../scripts/api-changes/oasdiff.ts';
import { contract } from '../support/contract.ts';

/** How many changes break clients, and what is wrong with the version, after a change under another minor version. */
async function after(
  change: (contract: any) => void,
): Promise<{ breaking: number; faults: string[] }> {
  const [base, revision] = [structuredClone<any>(contract), structuredClone<any>(contract)];
  base.info.version = '1.0.0';
  revision.info.version = '1.1.0';
  change(revision);
  const changes = await compare(JSON.stringify(base), JSON.stringify(revision));
  const breaking = apiChanges(changes).filter(({ level }) => level === 3).length;
  return { breaking, faults: versionFaults(changes) };
}

beforeAll(installOasdiff, 300_000);

describe('what breaks clients', () => {
  test.each<[string, (contract: any) => void]>([
    ['an operation is removed', ({ paths }) => delete paths['/api/{user_id}/tasks/{id}'].delete],
    [
      'a property is removed from an answer',
      ({ components }) => {
        delete components.schemas.Task.properties.completed_at;
        components.schemas.Task.required = components.schemas.Task.required.filter(
          (name: string) => name !== 'completed_at',
        );
      },
    ],
    [
      'a property is removed from problems',
      ({ components }) => {
        delete components.schemas.Problem.properties.request_id;
        components.schemas.Problem.required = components.schemas.Problem.required.filter(
          (name: string) => name !== 'request_id',
        );
      },
    ],
    ['a bound is drawn closer', ({ components }) => (components.schemas.Title.maxLength = 200)],
    ['a value is taken away', ({ components }) => components.schemas.Sort.enum.pop()],
    [
      'a parameter is not known any more',
      ({ paths }) => {
        const { get } = paths['/api/{user_id}/tasks'];
        get.parameters = get.parameters.filter(({ $ref }: any) => !$ref.endsWith('/Sort'));
      },
    ],
    [
      'a property of a request is not known any more',
      ({ components }) => delete components.schemas.CreateTask.properties.description,
    ],
    [
      'a token is needed where none was',
      ({ paths }) => (paths['/health'].get.security = [{ bearerAuth: [] }]),
    ],
  ])('does it when %s', async (_what, change) => {
    const { breaking, faults } = await after(change);
    expect(breaking).not.toBe(0);
    expect(faults).toStrictEqual([
      'a breaking change was detected but the major version did not increase, from `1.0.0` to `1.1.0`',
    ]);
  });
});

describe('what breaks nobody', () => {
  test.each<[string, (contract: any) => void]>([
    ['nothing changes', () => undefined],
    [
      'a bound is drawn further',
      ({ components }) => (components.parameters.Limit.schema.maximum = 200),
    ],
    [
      'there is more to send',
      ({ components }) => (components.schemas.CreateTask.properties.due = { type: 'boolean' }),
    ],
    [
      'there is more in an answer',
      ({ components }) => (components.schemas.Task.properties.due = { type: 'boolean' }),
    ],
    [
      'there is another path',
      ({ paths }) => (paths['/api/{user_id}/more'] = { get: paths['/livez'].get }),
    ],
  ])('does not when %s', async (_what, change) => {
    expect(await after(change)).toStrictEqual({ breaking: 0, faults: [] });
  });
});
