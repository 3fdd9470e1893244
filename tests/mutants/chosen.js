import { readFileSync } from 'node:fs';

/** The break that this run is to carry, as it was written down for it; absent in the run without any. */
const path = process.env.EVERYFILE_MUTANT;
export const mutant = path === undefined ? undefined : JSON.parse(readFileSync(path, 'utf8'));

/** Whether the file at that path or URL is the one that is broken. */
export const isBroken = (file) => mutant !== undefined && file.endsWith(`/${mutant.file}`);

/** The source with the rule taken away. */
export const broken = (source) => {
  if (!source.includes(mutant.find)) throw new Error(`mutant ${mutant.name}: its text is not in ${mutant.file}`);
  return source.replace(mutant.find, () => mutant.replace);
};
