import { beforeAll, describe, expect, test } from '@jest/globals';
import { read } from '../docs/markdown.ts';
import { contract } from '../support/contract.ts';
import { mistakes } from './mistakes.ts';
import { lint, type Finding } from './redocly.ts';

const config = read('redocly.yaml');
const rules = [...config.slice(config.indexOf('\nrules:')).matchAll(/^ {2}([a-z\d/-]+):/gm)];

/** A list of labels and a way to add one, and a task with numbers in it, written as the contract wants it. */
function wellWritten(): any {
  const copy = structuredClone<any>(contract);
  const { get, post, parameters } = copy.paths['/api/{user_id}/tasks'];
  const { links: _, ...created } = post.responses['201'];
  const both = (one: any, name: string) => {
    const well = structuredClone(one);
    well.content['application/json'].schema = {
      type: 'object',
      allOf: [{ $ref: `#/components/schemas/${name}` }, { type: 'object' }],
    };
    return well;
  };
  const number = { type: 'integer', minimum: 0, maximum: 9 };
  const row = { type: 'array', description: 'In order.', minItems: 0, maxItems: 9, items: number };
  Object.assign(copy.components.schemas.Task.properties, {
    grid: { ...row, items: row },
    counts: {
      type: 'object',
      description: 'By name.',
      maxProperties: 9,
      patternProperties: { '^[a-z]{1,9}$': number },
      additionalProperties: false,
    },
  });
  copy.paths['/api/{user_id}/labels'] = {
    parameters,
    get: {
      ...get,
      operationId: 'listLabels',
      responses: { ...get.responses, '200': both(get.responses['200'], 'TaskPage') },
    },
    post: {
      ...post,
      operationId: 'createLabel',
      requestBody: both(post.requestBody, 'CreateTask'),
      responses: { ...post.responses, '201': created },
    },
  };
  return copy;
}

describe('the rules of the contract', () => {
  let found: Finding[][];

  beforeAll(async () => {
    const bad = mistakes.map((mistake) => {
      const copy = structuredClone(contract);
      mistake.make(copy);
      return copy;
    });
    const beside = { 'Task.json': { type: 'boolean' }, 'beside.json': { name: 'tasks' } };
    found = await lint([contract, wellWritten(), ...bad], beside);
  }, 120_000);

  test('find nothing in the contract as it is', () => {
    expect(found[0]).toStrictEqual([]);
  });

  test('find nothing in another endpoint that is written well', () => {
    expect(found[1]).toStrictEqual([]);
  });

  test.each(mistakes.map(({ rule, title }, index) => ({ rule, title, index })))(
    '$rule sees one who $title',
    ({ rule, index }) => {
      expect(found[index + 2]?.map(({ ruleId }) => ruleId)).toContain(rule);
    },
  );

  test('are each seen to find something', () => {
    const tested = new Set(mistakes.map(({ rule }) => rule));
    expect(rules.map(([, name]) => name).filter((name = '') => !tested.has(name))).toStrictEqual(
      [],
    );
  });
});
