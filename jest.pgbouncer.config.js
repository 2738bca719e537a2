import base from './jest.database.config.js';

// The workers of jest inherit it; tests/support/way.ts says what it does.
process.env.TEST_DATABASE = 'pgbouncer';

/** The tests that have a server again, through `pgbouncer`, which npm does not install: `npm run test:pgbouncer`. */
/** @type {import('jest').Config} */
export default {
  ...base,
  testPathIgnorePatterns: [
    ...base.testPathIgnorePatterns,
    // Its server logs in as a role that the test makes, which the pooler does not know.
    '<rootDir>/tests/security/log-leaks.test.ts',
  ],
};
