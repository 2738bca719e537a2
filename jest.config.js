/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  // What jest searches: not the data of the local stack.
  roots: ['<rootDir>/src', '<rootDir>/tests'],
  testMatch: ['<rootDir>/tests/**/*.test.ts'],
  // These need a Redis, a Chromium, Go, a Prometheus or Python: `npm run test:redis`, `test:browser`, `test:breaking`,
  // `test:metrics`, `test:bench`.
  testPathIgnorePatterns: [
    '/node_modules/',
    '<rootDir>/tests/redis/',
    '<rootDir>/tests/browser/',
    '<rootDir>/tests/breaking/',
    '<rootDir>/tests/prometheus/',
    '<rootDir>/tests/bench/',
  ],
  // Node strips types without building; here swc does the same, because jest wants sources that it can instrument.
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2024',
          parser: { syntax: 'typescript' },
          experimental: { keepImportAttributes: true },
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  globalSetup: '<rootDir>/tests/support/global-setup.ts',
  globalTeardown: '<rootDir>/tests/support/global-teardown.ts',
  maxWorkers: 2,
  // Far beyond what any test takes: only a test that hangs runs into it, not a slow machine.
  testTimeout: 90_000,
  // Only with --coverage.
  coverageProvider: 'v8',
  collectCoverageFrom: ['src/**/*.ts'],
  coverageDirectory: 'coverage',
};
