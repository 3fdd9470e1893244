/** `npm run test:chaos` kills twenty times, `npm test` three; the seed is in each title, so a failure can be run again. */
export const kills = Number(process.env['EVERYFILE_CHAOS_KILLS'] ?? '3');
export const seed = process.env['EVERYFILE_CHAOS_SEED'] ?? '1';
