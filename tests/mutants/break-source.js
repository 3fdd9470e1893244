import { registerHooks } from 'node:module';
import { broken, isBroken } from './chosen.js';

/** `node --import ./tests/mutants/break-source.js program.ts` runs a program, and its workers, with one file broken. */
registerHooks({
  load: (url, context, nextLoad) => {
    const loaded = nextLoad(url, context);
    return isBroken(url) ? { ...loaded, source: broken(String(loaded.source)) } : loaded;
  },
});
