import { MERGE_PATCH } from '../support/scenarios.ts';
import type { Answer, Client } from '../support/client.ts';

/** Makes one change to the task at `path`, with these headers beside its own. */
export type Write = (
  client: Client,
  path: string,
  headers?: Readonly<Record<string, string>>,
) => Promise<Answer>;

/** Every operation that changes one task. */
export const WRITES: readonly (readonly [operation: string, write: Write])[] = [
  [
    'replaceTask',
    (client, path, headers = {}) => {
      const body = { title: 'replaced', description: null, completed: false };
      return client('PUT', path, { body, headers });
    },
  ],
  [
    'updateTask',
    (client, path, headers = {}) =>
      client('PATCH', path, {
        body: { title: 'changed' },
        headers: { ...MERGE_PATCH, ...headers },
      }),
  ],
  [
    'setTaskCompletion',
    (client, path, headers = {}) =>
      client('PATCH', `${path}/complete`, { body: { completed: true }, headers }),
  ],
  ['deleteTask', (client, path, headers = {}) => client('DELETE', path, { headers })],
];
