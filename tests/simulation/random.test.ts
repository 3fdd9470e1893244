import { simulate } from './simulate.ts';

/** `npm test` runs a few hundred seeds; `EVERYFILE_SEEDS=10000` as many as one likes. */
const seeds = Number(process.env['EVERYFILE_SEEDS'] ?? '100');

describe('a simulated day of storm and quiet', () => {
  it(`loses nothing and doubles nothing, whatever the seed (${String(seeds)} of them)`, async () => {
    let [deaths, commits] = [0, 0];
    for (let seed = 1; seed <= seeds; seed += 1) {
      const run = await simulate(`seed ${String(seed)}`);
      const story = run.violations.length > 0 ? `\nseed ${String(seed)}:\n${run.trace.join('\n')}` : '';
      expect(run.violations.join('\n') + story).toBe('');
      deaths += run.deaths;
      commits += run.commits;
    }
    // A storm in which nobody dies, or a day on which nothing is done, would prove nothing.
    expect(deaths).toBeGreaterThan(seeds);
    expect(commits).toBeGreaterThan(seeds);
  }, 3_600_000);
});
