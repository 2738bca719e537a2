import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import {
  admission,
  createDoor,
  createShares,
  type Door,
  type OnWait,
} from '../../src/db/admission.ts';

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

const PATIENCE = 10_000;

/** Does work for those who have come through these doors, which are asked for each time. */
function through(patience: number, doors: () => readonly Door[], onWait?: OnWait) {
  const admit = admission(patience, onWait);
  return <T>(run: () => Promise<T>) => admit(doors(), run);
}

/** A door, and who has to come through it alone. */
function oneDoor(rules: { limit: number; maxWaiting: number }, patience = PATIENCE) {
  const door = createDoor(rules);
  return { door, run: through(patience, () => [door]) };
}

test('lets the limit work at once, and the others in the order in which they came', async () => {
  const begun: number[] = [];
  const { door, run: admit } = oneDoor({ limit: 2, maxWaiting: 10 });
  const works = Array.from({ length: 5 }, work);
  const ended = works.map(({ run }, index) =>
    admit(() => {
      begun.push(index);
      return run();
    }),
  );
  expect(begun).toEqual([0, 1]);
  expect(door.waiting()).toBe(3);
  works[1]?.end();
  expect(await ended[1]).toBe('done');
  expect(begun).toEqual([0, 1, 2]);
  works[0]?.fail();
  await expect(ended[0]).rejects.toThrow('failed');
  expect(begun).toEqual([0, 1, 2, 3]);
  for (const { end } of works) end();
  await Promise.all(ended.slice(1));
  expect(begun).toEqual([0, 1, 2, 3, 4]);
  expect(door.waiting()).toBe(0);
});

test('turns away at once those for whom the queue has no room', async () => {
  const { run: admit } = oneDoor({ limit: 1, maxWaiting: 1 });
  const [working, waiting] = [work(), work()];
  const first = admit(working.run);
  const second = admit(waiting.run);
  await expect(admit(work().run)).rejects.toMatchObject({
    ...BUSY,
    reason: 'too_many_wait',
  });
  working.end();
  waiting.end();
  expect(await Promise.all([first, second])).toEqual(['done', 'done']);
});

test('turns away those who have waited too long, and never does their work', async () => {
  const { door, run: admit } = oneDoor({ limit: 1, maxWaiting: 10 }, 20);
  const working = work();
  const first = admit(working.run);
  let isBegun = false;
  const second = admit(() => {
    isBegun = true;
    return Promise.resolve();
  });
  await expect(second).rejects.toMatchObject({ ...BUSY, reason: 'waited_too_long' });
  expect(door.waiting()).toBe(0);
  working.end();
  await first;
  expect(isBegun).toBe(false);
  // The place is free again, once.
  expect(await admit(() => Promise.resolve('next'))).toBe('next');
});

test('lets nobody wait longer for a share and a connection together than for one of them', async () => {
  const patience = 300;
  const shares = createShares({ limit: 1, maxWaiting: 10 });
  const { door: common, run: admitToCommon } = oneDoor({ limit: 1, maxWaiting: 10 }, patience);
  const admitToBoth = through(patience, () => [shares.of('ada'), common]);
  const [own, other] = [work(), work()];
  const taken = through(patience, () => [shares.of('ada')])(own.run);
  const startedAt = performance.now();
  const both = admitToBoth(work().run);
  const refused = expect(both).rejects.toMatchObject({ ...BUSY, reason: 'waited_too_long' });
  // The one queue is left late, when the other is full.
  const busy = admitToCommon(other.run);
  await sleep(patience / 2);
  own.end();
  await taken;
  expect(shares.waiting()).toBe(0);
  // Exactly what was left: later timers of the same length end later.
  const whole = sleep(patience).then(() => 'a whole patience');
  expect(await Promise.race([refused, whole])).toBeUndefined();
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(patience - 3);
  other.end();
  await busy;
  // Both places are free again.
  expect(await admitToBoth(() => Promise.resolve('next'))).toBe('next');
});

test('tells one wait of each who asks, whether there was one or two, or a place at once', async () => {
  const rules = { limit: 1, maxWaiting: 1 };
  const { door: common, run: admitToCommon } = oneDoor(rules);
  const waits: { isOver: boolean }[] = [];
  const shares = createShares(rules);
  const onWait = () => {
    const wait = { isOver: false };
    waits.push(wait);
    return () => {
      wait.isOver = true;
    };
  };
  const admit = through(PATIENCE, () => [shares.of('ada'), common], onWait);
  const areOver = () => waits.map(({ isOver }) => isOver);
  const [elsewhere, own, next] = [work(), work(), work()];
  const works = [admitToCommon(elsewhere.run), admit(own.run), admit(next.run)];
  await expect(admit(work().run)).rejects.toMatchObject(BUSY);
  expect(areOver()).toEqual([false, false, true]);
  elsewhere.end();
  await works[0];
  await sleep(0);
  expect(areOver()).toEqual([true, false, true]);
  own.end();
  await works[1];
  await sleep(0);
  expect(areOver()).toEqual([true, true, true]);
  next.end();
  await works[2];
  expect(await admit(() => Promise.resolve('at once'))).toBe('at once');
  expect(areOver()).toEqual([true, true, true, true]);
});

test('turns away at once who has no time left, because the event loop was late', async () => {
  const { door, run: admit } = oneDoor({ limit: 1, maxWaiting: 10 });
  const working = work();
  const first = admit(working.run);
  const late = through(-1, () => [door])(work().run);
  expect(door.waiting()).toBe(0);
  await expect(late).rejects.toMatchObject({ ...BUSY, reason: 'waited_too_long' });
  working.end();
  await first;
});

test('gives up the doors of subjects who have nothing to do, and no others', async () => {
  const shares = createShares({ limit: 1, maxWaiting: 10 });
  const admit = (subject: string, run: () => Promise<string>) =>
    through(PATIENCE, () => [shares.of(subject)])(run);
  const working = work();
  const first = admit('ada', working.run);
  for (let number = 0; number < 10_000; number += 1) {
    await admit(`user-${String(number)}`, () => Promise.resolve('done'));
  }
  expect(shares.doors()).toBeLessThanOrEqual(1_000);
  let isBegun = false;
  const second = admit('ada', () => {
    isBegun = true;
    return Promise.resolve('done');
  });
  await sleep(0);
  expect(isBegun).toBe(false);
  expect(shares.waiting()).toBe(1);
  working.end();
  expect(await Promise.all([first, second])).toEqual(['done', 'done']);
});

test('keeps the doors of all who have something to do, however many they are', async () => {
  const shares = createShares({ limit: 1, maxWaiting: 10 });
  const working = work();
  const works = Array.from({ length: 2_500 }, (_, number) =>
    through(PATIENCE, () => [shares.of(`user-${String(number)}`)])(working.run),
  );
  expect(shares.doors()).toBe(2_500);
  const next = through(PATIENCE, () => [shares.of('user-0')])(() => Promise.resolve('next'));
  expect(shares.waiting()).toBe(1);
  working.end();
  await Promise.all([...works, next]);
  expect(shares.waiting()).toBe(0);
});
