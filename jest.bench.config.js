import base from './jest.config.js';

const { globalSetup: _setup, globalTeardown: _teardown, ...rest } = base;

/** The tests of the benchmark that need git, or Python and packages of it: `npm run test:bench`. It brings its own database. */
/** @type {import('jest').Config} */
export default {
  ...rest,
  testMatch: ['<rootDir>/tests/bench/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  // The packages come over the network.
  testTimeout: 300_000,
};
