import base from './jest.database.config.js';

// The workers of jest inherit it; tests/support/way.ts says what it does.
process.env.TEST_DATABASE = 'neon';

/** The tests that have a server again, through Neon's driver: `npm run test:neon`. */
/** @type {import('jest').Config} */
export default base;
