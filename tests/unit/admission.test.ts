import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { createAdmission, createShares, inTurn, observed } from '../../src/db/admission.ts';

/** Work that goes on until it is told to end. */
function work() {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  return {
    run: () => promise,
    end: () => resolve('done'),
    fail: () => reject(new Error('failed')),
  };
}

const BUSY = { name: 'DatabaseBusyError' };

test('lets the limit work at once, and the others in the order in which they came', async () => {
  const begun: number[] = [];
  const admission = createAdmission({ limit: 2, patience: 10_000, maxWaiting: 10 });
  const works = Array.from({ length: 5 }, work);
  const ended = works.map(({ run }, index) =>
    admission.run(() => {
      begun.push(index);
      return run();
    }),
  );
  expect(begun).toEqual([0, 1]);
  expect(admission.waiting()).toBe(3);
  works[1]?.end();
  expect(await ended[1]).toBe('done');
  expect(begun).toEqual([0, 1, 2]);
  works[0]?.fail();
  await expect(ended[0]).rejects.toThrow('failed');
  expect(begun).toEqual([0, 1, 2, 3]);
  for (const { end } of works) end();
  await Promise.all(ended.slice(1));
  expect(begun).toEqual([0, 1, 2, 3, 4]);
  expect(admission.waiting()).toBe(0);
});

test('turns away at once those for whom the queue has no room', async () => {
  const admission = createAdmission({ limit: 1, patience: 10_000, maxWaiting: 1 });
  const [working, waiting] = [work(), work()];
  const first = admission.run(working.run);
  const second = admission.run(waiting.run);
  await expect(admission.run(work().run)).rejects.toMatchObject({
    ...BUSY,
    reason: 'too_many_wait',
  });
  working.end();
  waiting.end();
  expect(await Promise.all([first, second])).toEqual(['done', 'done']);
});

test('turns away those who have waited too long, and never does their work', async () => {
  const admission = createAdmission({ limit: 1, patience: 20, maxWaiting: 10 });
  const working = work();
  const first = admission.run(working.run);
  let isBegun = false;
  const second = admission.run(() => {
    isBegun = true;
    return Promise.resolve();
  });
  await expect(second).rejects.toMatchObject({ ...BUSY, reason: 'waited_too_long' });
  expect(admission.waiting()).toBe(0);
  working.end();
  await first;
  expect(isBegun).toBe(false);
  // The place is free again, once.
  expect(await admission.run(() => Promise.resolve('next'))).toBe('next');
});

test('lets nobody wait longer for a share and a connection together than for one of them', async () => {
  const patience = 300;
  const shares = createShares({ limit: 1, patience, maxWaiting: 10 });
  const common = createAdmission({ limit: 1, patience, maxWaiting: 10 });
  const [own, other] = [work(), work()];
  const taken = shares.of('ada').run(own.run);
  const startedAt = performance.now();
  const both = inTurn(shares.of('ada'), common, patience).run(work().run);
  const refused = expect(both).rejects.toMatchObject({ ...BUSY, reason: 'waited_too_long' });
  // The one queue is left late, when the other is full.
  const busy = common.run(other.run);
  await sleep(patience / 2);
  own.end();
  await taken;
  expect(shares.waiting()).toBe(0);
  // Exactly what was left: later timers of the same length end later.
  const whole = sleep(patience).then(() => 'a whole patience');
  expect(await Promise.race([refused, whole])).toBeUndefined();
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(patience - 1);
  other.end();
  await busy;
  // Both places are free again.
  expect(await inTurn(shares.of('ada'), common, patience).run(() => Promise.resolve('next'))).toBe(
    'next',
  );
});

test('tells one wait of each who asks, whether there was one or two, or a place at once', async () => {
  const rules = { limit: 1, patience: 10_000, maxWaiting: 1 };
  const common = createAdmission(rules);
  const waits: Promise<undefined>[] = [];
  const admission = observed(inTurn(createShares(rules).of('ada'), common, 10_000), (wait) =>
    waits.push(wait),
  );
  const [elsewhere, own, next] = [work(), work(), work()];
  const isOver = (wait?: Promise<undefined>) =>
    Promise.race([wait?.then(() => true), sleep(0, false)]);
  const works = [common.run(elsewhere.run), admission.run(own.run), admission.run(next.run)];
  await expect(admission.run(work().run)).rejects.toMatchObject(BUSY);
  expect(await Promise.all(waits.map(isOver))).toEqual([false, false, true]);
  elsewhere.end();
  await works[0];
  expect(await Promise.all(waits.map(isOver))).toEqual([true, false, true]);
  own.end();
  await works[1];
  expect(await Promise.all(waits.map(isOver))).toEqual([true, true, true]);
  next.end();
  await works[2];
  expect(await admission.run(() => Promise.resolve('at once'))).toBe('at once');
  expect(waits).toHaveLength(4);
  expect(await isOver(waits[3])).toBe(true);
});

test('turns away at once who has no time left, because the event loop was late', async () => {
  const admission = createAdmission({ limit: 1, patience: 10_000, maxWaiting: 10 });
  const working = work();
  const first = admission.run(working.run);
  const late = admission.run(work().run, performance.now() - 1);
  expect(admission.waiting()).toBe(0);
  await expect(late).rejects.toMatchObject({ ...BUSY, reason: 'waited_too_long' });
  working.end();
  await first;
});
