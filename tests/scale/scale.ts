/** `npm run test:scale` runs the full sizes; `npm test` a fiftieth of each. */
const scale = Number(process.env['EVERYFILE_SCALE'] ?? '0.02');

/** A full size, scaled to this run. */
export const scaled = (full: number): number => Math.round(full * scale);
