import { isDeepStrictEqual } from 'node:util';
import { completeCall, createCall, getCall, listCall, type Account, type Call } from './calls.ts';
import { connect, type Connection } from './connection.ts';
import type { Program } from './program.ts';

/** What a server answered, as far as it must be what the others answer. */
type Comparable = Record<string, unknown>;

interface Task {
  readonly id: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly completed_at: string | null;
  readonly revision: number;
}

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * Makes sure that all servers do the same work: each is asked for the same things, and every answer must equal the first
 * server's in status, entity tag and body. Where a write makes something new (an id, a time, the next revision), its form
 * and its relation to what was before must be the same.
 *
 * @throws Error that shows the first two answers that differ
 */
export async function assertSameAnswers(
  programs: readonly Program[],
  accounts: readonly Account[],
): Promise<void> {
  const [account, other] = accounts;
  if (!account || !other) throw new Error('It takes two users to compare answers.');
  for (const ask of [reads, writes]) {
    let expected: { readonly name: string; readonly answers: Comparable[] } | undefined;
    for (const { name, port } of programs) {
      const connection = await connect(port);
      const answers = await ask(connection, account, other);
      connection.close();
      expected ??= { name, answers };
      for (const [index, answer] of answers.entries()) {
        const wanted = expected.answers[index];
        if (isDeepStrictEqual(answer, wanted)) continue;
        throw new Error(
          `${name} and ${expected.name} answer differently:\n${JSON.stringify(answer)}\n${JSON.stringify(wanted)}`,
        );
      }
    }
  }
}

async function reads(
  connection: Connection,
  account: Account,
  other: Account,
): Promise<Comparable[]> {
  const id = firstTask(account);
  const first = await ask(connection, listCall(account, '?limit=7'));
  const { next_cursor: cursor } = first.body as { next_cursor: string };
  const refusals = [
    await ask(connection, getCall({ ...account, token: other.token }, id), 403),
    await ask(connection, getCall(other, id), 404),
  ];
  return [
    // Problems are worded differently, and those of the peers are hardly worded at all.
    ...refusals.map(({ status }) => ({ status })),
    await ask(connection, getCall(account, id)),
    await ask(connection, listCall(other, '')),
    first,
    await ask(connection, listCall(account, `?limit=7&cursor=${cursor}`)),
  ];
}

async function writes(connection: Connection, account: Account): Promise<Comparable[]> {
  const id = firstTask(account);
  const { etag } = await ask(connection, listCall(account, ''));
  const before = revisionOf(etag);
  const answers = [];
  for (const call of [
    createCall(account),
    completeCall(account, id, true),
    completeCall(account, id, true),
    completeCall(account, id, false),
  ]) {
    const { body, etag: tag, ...rest } = await ask(connection, call);
    const revision = revisionOf(tag) - before;
    answers.push({ ...rest, revision, body: relative(body as Task, before) });
  }
  return answers;
}

function firstTask({ taskIds }: Account): string {
  const [id] = taskIds;
  if (id === undefined) throw new Error('The user has no tasks.');
  return id;
}

async function ask(connection: Connection, call: Call, status = call.status): Promise<Comparable> {
  const reply = await connection.send(call.request);
  if (reply.status !== status) {
    throw new Error(`${reply.status} instead of ${status}: ${reply.body.toString()}`);
  }
  const body: unknown = JSON.parse(reply.body.toString());
  return { status, etag: /\r\netag: (\S+)/i.exec(reply.head)?.[1], body };
}

function revisionOf(etag: unknown): number {
  return Number(/^"(\d+)"$/.exec(String(etag))?.[1]);
}

/** A task with what is new in it told by its form, and by what it equals. */
function relative(task: Task, before: number): Comparable {
  const { id, created_at, updated_at, completed_at, revision } = task;
  const times = [created_at, updated_at, ...(completed_at === null ? [] : [completed_at])];
  return {
    ...task,
    id: UUID_V7.test(id),
    created_at: times.every((time) => TIMESTAMP.test(time)),
    updated_at: updated_at === created_at ? 'created' : updated_at > created_at,
    completed_at: completed_at === updated_at ? 'updated' : completed_at !== null,
    revision: revision - before,
  };
}
