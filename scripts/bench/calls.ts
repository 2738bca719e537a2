/** A request, ready to be sent, and the status that it must be answered with. */
export interface Call {
  readonly request: string;
  readonly status: number;
}

/** Somebody who uses the API, and what that user has. */
export interface Account {
  readonly userId: string;
  readonly token: string;
  readonly taskIds: readonly string[];
}

/** The operations that are measured, each by itself. */
export const OPERATIONS = ['get', 'list', 'complete', 'create'] as const;
export type OperationName = (typeof OPERATIONS)[number];

/** What is measured: an operation, or all of them together as an application would use them. */
export const WORKLOADS = [...OPERATIONS, 'mix'] as const;
export type Workload = (typeof WORKLOADS)[number];

/** Of a hundred requests of the mix, how many are what. */
const MIX: Readonly<Record<OperationName, number>> = {
  get: 60,
  list: 25,
  complete: 10,
  create: 5,
};

const makers: Record<OperationName, (account: Account, random: () => number) => Call> = {
  get: (account, random) => getCall(account, pick(account.taskIds, random)),
  // The contract's default: the newest 20.
  list: (account) => listCall(account, ''),
  complete: (account, random) =>
    completeCall(account, pick(account.taskIds, random), random() < 0.5),
  create: createCall,
};

export function getCall(account: Account, id: string): Call {
  return call(account, 'GET', `/${id}`, 200);
}

/** @param query with its question mark, or nothing */
export function listCall(account: Account, query: string): Call {
  return call(account, 'GET', query, 200);
}

export function completeCall(account: Account, id: string, completed: boolean): Call {
  return call(account, 'PATCH', `/${id}/complete`, 200, { completed });
}

export function createCall(account: Account): Call {
  return call(account, 'POST', '', 201, {
    title: 'Buy milk, bread and a pound of butter',
    description: 'The shop around the corner closes at seven; the other one has longer hours.',
  });
}

function call(
  { userId, token }: Account,
  method: string,
  rest: string,
  status: number,
  body?: object,
): Call {
  const payload = body === undefined ? '' : JSON.stringify(body);
  const lines = [
    `${method} /api/${userId}/tasks${rest} HTTP/1.1`,
    'Host: 127.0.0.1',
    `Authorization: Bearer ${token}`,
    'Accept: application/json',
    ...(body === undefined
      ? []
      : ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(payload)}`]),
  ];
  return { request: `${lines.join('\r\n')}\r\n\r\n${payload}`, status };
}

/**
 * Makes the source of requests of a workload: the same requests in the same order for the same seed, each of an account
 * and a task chosen at random.
 */
export function callsOf(
  workload: Workload,
  accounts: readonly Account[],
  seed: number,
): () => Call {
  const random = randomFrom(seed);
  const names = workload === 'mix' ? shuffled(mixed(), random) : [workload];
  let index = 0;
  return () => {
    const name = names[index++ % names.length] ?? 'get';
    return makers[name](pick(accounts, random), random);
  };
}

function mixed(): OperationName[] {
  return OPERATIONS.flatMap((name) => Array.from({ length: MIX[name] }, () => name));
}

/** Numbers from 0 up to 1, the same ones for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** In an order that is chosen by `random`. */
export function shuffled<T>(values: readonly T[], random: () => number): T[] {
  const keyed = values.map((value) => ({ value, key: random() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ value }) => value);
}

function pick<T>(values: readonly T[], random: () => number): T {
  const value = values[Math.floor(random() * values.length)];
  if (value === undefined) throw new Error('There is nothing to choose from.');
  return value;
}
