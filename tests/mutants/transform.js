import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const tsJest = createRequire(import.meta.url)('ts-jest').default.createTransformer({
  useESM: true,
  diagnostics: false,
});

/** The break that this run is to carry, as scripts/mutants.ts wrote it down; absent in the run without any. */
const chosen = process.env.EVERYFILE_MUTANT;
const mutant = chosen === undefined ? undefined : JSON.parse(readFileSync(chosen, 'utf8'));

const isBroken = (path) => mutant !== undefined && path.endsWith(`/${mutant.file}`);

/** Compiles as every other test run does, and breaks one file on the way. */
export default {
  process: (source, path, options) =>
    tsJest.process(isBroken(path) ? source.replace(mutant.find, () => mutant.replace) : source, path, options),
  processAsync: (source, path, options) =>
    tsJest.processAsync(isBroken(path) ? source.replace(mutant.find, () => mutant.replace) : source, path, options),
  getCacheKey: (source, path, options) =>
    tsJest.getCacheKey(source, path, options) + (isBroken(path) ? `-${mutant.name}` : ''),
};
