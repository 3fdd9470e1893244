/** `npm run test:chaos` kills twenty times, `npm test` three; the seed is in each title, so a failure can be run again. */
export const kills = Number(process.env['EVERYFILE_CHAOS_KILLS'] ?? '3');
export const seed = process.env['EVERYFILE_CHAOS_SEED'] ?? '1';

/** The whole service takes seconds to start: `npm test` kills it once, with a fiftieth of the files. */
const inFull = kills >= 20;
export const fileKills = inFull ? kills : 1;
export const files = inFull ? 1_000 : 20;
