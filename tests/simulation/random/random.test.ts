import { explain, minimise } from './minimise.ts';
import { makePlan, noFaults, type Plan } from './plan.ts';
import { simulate } from './simulate.ts';

/** The quick share of `npm run simulate`: as many seeds of as many files as take a few seconds. */
const seeds = 30;
const filesPerSeed = 100;

describe('a simulated storm and the quiet after it', () => {
  it(`loses nothing and doubles nothing, whatever the seed (${String(seeds)} of them)`, async () => {
    let [deaths, commits] = [0, 0];
    for (let seed = 1; seed <= seeds; seed += 1) {
      const plan = makePlan(String(seed), filesPerSeed);
      const run = await simulate(plan);
      if (run.violations.length > 0) throw new Error(await explain(plan));
      deaths += run.deaths;
      commits += run.commits;
    }
    // A storm in which nobody dies, or in which little is done, would prove nothing.
    expect(deaths).toBeGreaterThan(seeds);
    expect(commits).toBeGreaterThan((seeds * filesPerSeed) / 2);
  });

  it('tells the same story again for the same seed', async () => {
    const tell = async (): Promise<string[]> => (await simulate(makePlan('again', 40), { traced: true })).trace;
    const story = await tell();
    expect(story.length).toBeGreaterThan(40);
    expect(await tell()).toEqual(story);
  });
});

describe('a failing seed', () => {
  it('is made smaller, down to the files and the fault that it needs', async () => {
    const plan = makePlan('any', 60);
    const needed = plan.arrivals[41]!;
    // Fails exactly as long as one certain file arrives and functions may stall.
    const stormy: Plan = { ...plan, faults: { ...plan.faults, stall: 0.01, deploy: true } };
    const fails = async ({ arrivals, faults }: Plan): Promise<boolean> => arrivals.includes(needed) && faults.stall > 0;
    const smallest = await minimise(stormy, fails);
    expect(smallest.arrivals).toEqual([needed]);
    expect(smallest.faults).toEqual({ ...noFaults, stall: 0.01 });
  });
});
