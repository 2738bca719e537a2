import base from './jest.config.js';

/** @type {import('jest').Config} */
export default {
  ...base,
  // In a real Chromium: `npm run test:browser`.
  testMatch: ['<rootDir>/tests/browser/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 300_000,
};
