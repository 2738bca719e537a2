import { expect, jest, test } from '@jest/globals';
import type { DriverFactory } from 'slonik';
import { withWaking } from '../../src/db/waking.ts';

/** A driver whose attempts to connect all fail with this. */
function failing(error: Error) {
  let attempts = 0;
  const createClient = () => {
    attempts += 1;
    return Promise.reject(error);
  };
  const factory: DriverFactory = () => Promise.resolve({ createClient });
  return { factory, attempts: () => attempts };
}

const setup: Parameters<DriverFactory>[0] = Object.create(null);

test('a fault of the program is not taken for a database that sleeps', async () => {
  const fault = new TypeError('undefined is not a function');
  const { factory, attempts } = failing(fault);
  const driver = await withWaking(factory, 10_000)(setup);
  await expect(driver.createClient()).rejects.toBe(fault);
  expect(attempts()).toBe(1);
});

test('what the last attempt failed with is the cause when the time is up', async () => {
  const refused = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
  const { factory, attempts } = failing(refused);
  const driver = await withWaking(factory, 250)(setup);
  await expect(driver.createClient()).rejects.toMatchObject({
    name: 'DatabaseDeadlineError',
    cause: { cause: refused },
  });
  expect(attempts()).toBeGreaterThan(1);
});

test('pauses between attempts are of random length, so that not all who wait come again at once', async () => {
  const refused = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
  const { factory, attempts } = failing(refused);
  const driver = await withWaking(factory, 250)(setup);
  const random = jest.spyOn(Math, 'random');
  try {
    await expect(driver.createClient()).rejects.toThrow();
    expect(random.mock.calls.length).toBeGreaterThanOrEqual(attempts() - 1);
    expect(random).toHaveBeenCalled();
  } finally {
    random.mockRestore();
  }
});
