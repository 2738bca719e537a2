import base from './jest.config.js';

/** The tests that have a server on the common database, to be run again on another way to it. */
/** @type {import('jest').Config} */
export default {
  ...base,
  testPathIgnorePatterns: [
    ...base.testPathIgnorePatterns,
    // These ask a database directly or bring their own, or need none.
    '<rootDir>/tests/contract/drift.test.ts',
    '<rootDir>/tests/docs/',
    '<rootDir>/tests/governance/',
    '<rootDir>/tests/scripts/',
    '<rootDir>/tests/types/',
    '<rootDir>/tests/unit/',
  ],
};
