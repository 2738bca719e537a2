import base from './jest.config.js';

/** The tests that need `redis-server`, which npm does not install: `npm run test:redis`. */
/** @type {import('jest').Config} */
export default {
  ...base,
  testMatch: ['<rootDir>/tests/redis/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  // They measure time.
  maxWorkers: 1,
};
