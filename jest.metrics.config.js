import base from './jest.config.js';

/** The tests that need `prometheus` and `promtool`, which npm does not install: `npm run test:metrics`. */
/** @type {import('jest').Config} */
export default {
  ...base,
  testMatch: ['<rootDir>/tests/prometheus/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
};
