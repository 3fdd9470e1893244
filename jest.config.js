/** One project per layer, so that `jest --selectProjects unit` is the quick share that `npm run check` runs. */
const layer = (displayName, ...folders) => ({
  displayName,
  testEnvironment: 'node',
  testMatch: folders.map((folder) => `<rootDir>/tests/${folder}/**/*.test.ts`),
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['ts-jest', { useESM: true, diagnostics: false }] },
  modulePathIgnorePatterns: ['<rootDir>/.esbuild', '<rootDir>/.serverless', '<rootDir>/.everyfile'],
});

export default {
  // A limit in seconds is no statement about behaviour: this one only ends a test that hangs.
  testTimeout: 60_000,
  // Most layers wait for a process of their own more than they compute; Jest would leave one of two cores idle.
  maxWorkers: 2,
  reporters: ['default', '<rootDir>/tests/support/closing-line-reporter.js'],
  projects: [
    layer('unit', 'unit'),
    layer('simulation', 'simulation'),
    layer('contract', 'contract'),
    layer('offline', 'offline'),
    layer('end-to-end', 'end-to-end'),
    layer('scale', 'scale'),
    layer('chaos', 'chaos'),
    layer('template', 'template'),
  ],
};
