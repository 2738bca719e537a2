import base from './jest.config.js';

const { globalSetup: _setup, globalTeardown: _teardown, ...rest } = base;

/** The tests that need oasdiff, which is installed by Go: `npm run test:breaking`. None needs a database. */
/** @type {import('jest').Config} */
export default {
  ...rest,
  testMatch: ['<rootDir>/tests/breaking/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
};
