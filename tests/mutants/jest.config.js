import { fileURLToPath } from 'node:url';
import base from '../../jest.config.js';

/** Every test of the house under one roof, compiled by the transform that can break a file. */
export default {
  ...base.projects[0],
  rootDir: fileURLToPath(new URL('../..', import.meta.url)),
  displayName: undefined,
  testTimeout: base.testTimeout,
  testMatch: ['<rootDir>/tests/**/*.test.ts'],
  transform: { '^.+\\.ts$': '<rootDir>/tests/mutants/transform.js' },
};
