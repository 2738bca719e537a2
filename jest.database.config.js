import base from './jest.config.js';

/** The tests that have a server, to be run again on another way to the database. */
/** @type {import('jest').Config} */
export default {
  ...base,
  testPathIgnorePatterns: [
    ...base.testPathIgnorePatterns,
    // These have none, or bring its database themselves. Where others have none either, they take no time.
    '<rootDir>/tests/contract/drift.test.ts',
    '<rootDir>/tests/governance/',
    '<rootDir>/tests/scripts/',
    '<rootDir>/tests/telemetry/dashboard-schema.test.ts',
    '<rootDir>/tests/unit/',
  ],
};
