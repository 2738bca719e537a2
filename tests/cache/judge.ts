import { isDeepStrictEqual } from 'node:util';
import type { Task } from '../support/scenarios.ts';
import { ERASURE, type Change, type History } from './history.ts';
import type { Listing, Observation, Observations } from './observation.ts';

/**
 * Holds what was answered against what was written.
 *
 * - `stale`: older than what somebody already knew when the request was sent; "not modified" when it was; "not found" before
 *   anybody asked for the deletion; to a write, what was there before it; or anything to a token from before an erasure;
 * - `torn`: not what the user had at the revision that the answer names;
 * - `refused`: 401 to a token before anybody asked for an erasure.
 *
 * @returns a sentence for each answer that is wrong
 */
export function judge(history: History, { observations, deleted }: Observations): string[] {
  return [...Map.groupBy(observations, ({ user }) => user)].flatMap(([user, answers]) => {
    const changes = history.get(user) ?? [];
    const of = Map.groupBy(changes, ({ id }) => id);
    const floors = floorsOf(of, deleted.get(user) ?? []);
    const seen = answers.map((answer) => ({
      ...answer,
      floor: Math.max(answer.floor, floors[answer.deletions] ?? 0),
    }));
    const admitted = seen.filter(({ status }) => status !== 401);
    const wholes = admitted
      .filter((read) => (typeof read.of === 'string' ? read.of !== 'erasure' : 'list' in read.of))
      .sort((a, b) => (a.revision ?? 0) - (b.revision ?? 0));
    const items = admitted.filter((read) => typeof read.of === 'object' && 'task' in read.of);
    return [
      ...seen.flatMap(judgeAdmission),
      ...judgeWholes(changes, wholes),
      ...items.flatMap((read) => judgeItem(of, read)),
    ].map((verdict) => `${user}: ${verdict}`);
  });
}

/** The last revision that was certain after none, one, two ... of the deletions that were acknowledged. */
function floorsOf(of: ReadonlyMap<string, readonly Change[]>, deleted: readonly string[]) {
  let floor = 0;
  // Each is with a token from after the one before, so they are heard of in the order in which they were made.
  const erasures = (of.get(ERASURE) ?? []).values();
  return [
    floor,
    ...deleted.map((id) => {
      const change = id === ERASURE ? erasures.next().value : deletionOf(of.get(id));
      return (floor = Math.max(floor, change?.revision ?? 0));
    }),
  ];
}

function judgeAdmission({ status, isDead, isDoomed }: Observation): string[] {
  if (status === 401) {
    return isDoomed ? [] : ['refused: 401 to a token that no erasure had been asked with'];
  }
  return isDead ? [`stale: ${status} to a token from before an erasure`] : [];
}

function deletionOf(changes: readonly Change[] | undefined): Change | undefined {
  return changes?.find(({ task }) => task === undefined);
}

/** Goes through the changes once, with all that was read at each revision. */
function judgeWholes(changes: readonly Change[], reads: readonly Observation[]): string[] {
  const now = new Map<string, Task>();
  let next = 0;
  return reads.flatMap((read) => {
    const { revision = 0, floor, status } = read;
    for (let change = changes[next]; change && change.revision <= revision;) {
      if (change.id === ERASURE) now.clear();
      else if (change.task) now.set(change.id, change.task);
      else now.delete(change.id);
      change = changes[++next];
    }
    const last = changes[next - 1]?.revision ?? 0;
    if (revision < floor) return [`stale: ${status} at ${revision}, after ${floor}`];
    if (last !== revision) return [`torn: there is no revision ${revision}`];
    if (status === 304) return [];
    const isWhole = isOf([...now.values()], revision, read);
    return isWhole ? [] : [`torn: not what there was at ${revision}`];
  });
}

/** Whether an answer is what all these tasks, of that revision, come to. */
function isOf(tasks: readonly Task[], revision: number, { of, body }: Observation): boolean {
  if (typeof of === 'object') {
    return 'list' in of && isDeepStrictEqual(body.items, pageOf(tasks, of.list));
  }
  if (of === 'account') return isDeepStrictEqual(body.tasks, countsOf(tasks));
  const { user, tasks: exported } = body;
  const all = pageOf(tasks, { sort: 'created_at', completed: undefined, limit: Infinity });
  return isDeepStrictEqual(
    [user?.revision, user?.tasks, exported],
    [revision, countsOf(tasks), all],
  );
}

function judgeItem(
  of: ReadonlyMap<string, readonly Change[]>,
  { of: what, status, revision, floor, body, isWrite, isLeaving }: Observation,
): string[] {
  if (typeof what === 'string' || !('task' in what)) return [];
  if (status === 404 && !isLeaving) {
    return [`stale: 404 for ${what.task}, which nobody had asked to delete`];
  }
  const changes = of.get(what.task) ?? [];
  const change =
    status === 404 || status === 204
      ? deletionOf(changes)
      : changes.find((candidate) => candidate.revision === revision);
  if (!change) return [`torn: ${status} for ${what.task}, which it never was at ${revision}`];
  const following = changes[changes.indexOf(change) + 1];
  if (following && following.revision <= floor) {
    return [`stale: ${status} at ${revision}, after ${following.revision}`];
  }
  if (isWrite && [200, 201, 204].includes(status) && change.revision <= floor) {
    return [`stale: ${status} to a write at ${change.revision}, after ${floor}`];
  }
  if (status !== 200 && status !== 201) return [];
  return isDeepStrictEqual(body, change.task) ? [] : [`torn: not the task of ${revision}`];
}

function pageOf(tasks: readonly Task[], { sort, completed, limit }: Listing): Task[] {
  const column = sort.replace('-', '') as 'created_at' | 'updated_at' | 'title';
  const sign = sort.startsWith('-') ? -1 : 1;
  const keyOf = (task: Task) => `${task[column]} ${task.id}`;
  return tasks
    .filter((task) => completed === undefined || task.completed === completed)
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -sign : sign))
    .slice(0, limit);
}

function countsOf(tasks: readonly Task[]) {
  const completed = tasks.filter((task) => task.completed).length;
  return { total: tasks.length, completed, open: tasks.length - completed };
}
