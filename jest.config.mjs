/** Tests run as they stand: ESM, types stripped by swc (`npm test` gives Node the flag that jest needs for ESM). */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  setupFiles: ['<rootDir>/test/property-seed.ts'],
  watchman: false,
  // Ends what hangs, and nothing else: how fast a machine is proves nothing.
  testTimeout: 180_000,
  // Many tests wait for processes that they started: on two cores two at once leave neither idle.
  maxWorkers: 2,
  // What a test file loaded is never forgotten by jest: a worker that grew is replaced by a new one.
  workerIdleMemoryLimit: '1GB',
  // One that has as much in memory takes longer to end than the half second that jest gives it.
  workerGracefulExitTimeout: 30_000,
};
