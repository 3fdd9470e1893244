import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { broken, isBroken, mutant } from './chosen.js';

const tsJest = createRequire(import.meta.url)('ts-jest').default.createTransformer({
  useESM: true,
  diagnostics: false,
});

/** By what the mutant does: its name stays when that is rewritten. */
const breakKey = `-${createHash('sha256')
  .update(JSON.stringify(mutant ?? {}))
  .digest('hex')}`;

/** Compiles as every other test run does, and breaks one file on the way. */
export default {
  process: (source, path, options) => tsJest.process(isBroken(path) ? broken(source) : source, path, options),
  processAsync: (source, path, options) => tsJest.processAsync(isBroken(path) ? broken(source) : source, path, options),
  getCacheKey: (source, path, options) => tsJest.getCacheKey(source, path, options) + (isBroken(path) ? breakKey : ''),
};
