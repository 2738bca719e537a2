import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { contractFile } from '../../src/contract/document.ts';
import { ProblemError } from '../../src/contract/problems.ts';
import { compileContract, type Contract, type RawRequest } from '../../src/contract/validator.ts';
import { contract as document, dereference } from '../support/contract.ts';

let directory: string;
let contract: Contract;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'todo-contract-'));
  contract = await compileContract(contractFile);
});
afterAll(() => rm(directory, { recursive: true }));

const task = dereference(document.components.examples.OpenTask).value;
const JSON_TYPE = 'application/json; charset=utf-8';
const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** What is said when a changed copy of the contract is compiled. */
async function refusal(change: (copy: any) => unknown): Promise<string> {
  const copy = structuredClone(document);
  const changed = change(copy);
  const file = join(directory, 'openapi.json');
  await writeFile(file, typeof changed === 'string' ? changed : JSON.stringify(copy));
  // The validator also prints what it finds in a document that is not OpenAPI.
  const printed = jest.spyOn(console, 'error').mockImplementation(() => undefined);
  const outcome: unknown = await compileContract(file).catch((error: unknown) => error);
  printed.mockRestore();
  if (!(outcome instanceof Error)) throw new Error('The broken contract was accepted.');
  expect(outcome).not.toBeInstanceOf(ProblemError);
  return outcome.message;
}

describe('a broken contract is refused, and the message names the trouble:', () => {
  test('a reference to nothing', async () => {
    const message = await refusal(({ components }) => {
      components.schemas.CreateTask.properties.title.$ref = '#/components/schemas/Nowhere';
    });
    expect(message).toContain('Nowhere');
  });

  test('a pattern of a parameter that is no regular expression', async () => {
    const message = await refusal(({ components }) => {
      components.schemas.TaskId.pattern = '([';
    });
    expect(message).toContain('([');
  });

  test('a pattern of a body that is no regular expression', async () => {
    const message = await refusal(({ components }) => {
      components.schemas.Title.pattern = '([';
    });
    expect(message).toContain('([');
  });

  test('a pattern that is in answers only', async () => {
    const message = await refusal(({ components }) => {
      components.schemas.Timestamp.pattern = '([';
    });
    expect(message).toContain('([');
  });

  test('a type that JSON Schema does not have', async () => {
    const message = await refusal(({ components }) => {
      components.schemas.CreateTask.type = 'thing';
    });
    expect(message).toMatch(/type|thing/);
  });

  test('an operation that the code knows and the document does not', async () => {
    const message = await refusal(({ paths }) => {
      delete paths['/api/{user_id}/tasks/{id}/complete'];
    });
    expect(message).toContain('/api/{user_id}/tasks/{id}/complete');
  });

  test('a document that is not OpenAPI', async () => {
    const message = await refusal((copy) => {
      delete copy.openapi;
    });
    expect(message).toMatch(/openapi/i);
  });

  test('paths that are not paths', async () => {
    const message = await refusal((copy) => {
      copy.paths = [];
    });
    expect(message).toMatch(/paths/);
  });

  test('a file that is not JSON', async () => {
    const message = await refusal(() => '{"openapi": "3.1.1", ');
    expect(message).not.toBe('');
  });

  test('no file at all', async () => {
    const file = join(directory, 'missing.json');
    await expect(compileContract(file)).rejects.toThrow('missing.json');
  });

  test('and the unbroken copy is accepted', async () => {
    const file = join(directory, 'copy.json');
    await writeFile(file, await readFile(contractFile));
    await expect(compileContract(file)).resolves.toBeDefined();
  });
});

const list: RawRequest = {
  path: { user_id: 'alice' },
  query: {},
  headers: {},
  mediaType: undefined,
  body: undefined,
};

describe('validateRequest', () => {
  test('gives back numbers and booleans for text, and the defaults', async () => {
    const query = { limit: '5', completed: 'false' };
    await expect(contract.validateRequest('listTasks', { ...list, query })).resolves.toMatchObject({
      query: { limit: 5, completed: false, sort: '-created_at' },
    });
  });

  test('hands on only the headers that the operation documents', async () => {
    const headers = { 'if-none-match': '"1"', authorization: 'Bearer x', 'x-other': 'y' };
    const { headers: kept } = await contract.validateRequest('listTasks', { ...list, headers });
    expect(kept).toStrictEqual({ 'if-none-match': '"1"' });
  });

  test('names every invalid place of a request at once', async () => {
    const raw = { ...list, query: { limit: '0', sort: 'x', colour: 'red', completed: 'maybe' } };
    const error = await contract
      .validateRequest('listTasks', raw)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ProblemError);
    expect((error as ProblemError).code).toBe('invalid_request');
    const places = (error as ProblemError).errors?.map((place) => Object.values(place)[0]);
    expect(places?.sort()).toStrictEqual(['colour', 'completed', 'limit', 'sort']);
  });
});

describe('validateResponse', () => {
  test('passes what is documented', async () => {
    const answers = [
      { status: 200, mediaType: JSON_TYPE, body: task },
      { status: 304, mediaType: undefined, body: undefined },
    ];
    for (const answer of answers) {
      await expect(contract.validateResponse('getTask', answer)).resolves.toBeUndefined();
    }
  });

  test.each([
    ['an undocumented status', { status: 201, mediaType: JSON_TYPE, body: task }],
    [
      'a missing member',
      { status: 200, mediaType: JSON_TYPE, body: { ...task, title: undefined } },
    ],
    ['a member too many', { status: 200, mediaType: JSON_TYPE, body: { ...task, owner: 'x' } }],
    ['a wrong type', { status: 200, mediaType: JSON_TYPE, body: { ...task, revision: '7' } }],
    [
      'a day that no calendar has',
      {
        status: 200,
        mediaType: JSON_TYPE,
        body: { ...task, created_at: '2025-19-39T10:00:00.000Z' },
      },
    ],
    ['no body', { status: 200, mediaType: undefined, body: undefined }],
    ['null for a body', { status: 200, mediaType: JSON_TYPE, body: null }],
    ['a body where there is none', { status: 304, mediaType: JSON_TYPE, body: task }],
    ['a problem of another status', { status: 404, mediaType: PROBLEM_TYPE, body: task }],
    ['another media type', { status: 200, mediaType: 'text/html', body: task }],
    ['the media type of problems', { status: 200, mediaType: PROBLEM_TYPE, body: task }],
  ])('catches %s', async (_what, answer) => {
    await expect(contract.validateResponse('getTask', answer)).rejects.toThrow();
  });
});
