import type { Break } from './break.ts';
import { breaksOfLanes } from './breaks-of-lanes.ts';
import { breaksOfLedger } from './breaks-of-ledger.ts';
import { breaksOfStore } from './breaks-of-store.ts';
import { breaksOfSweep } from './breaks-of-sweep.ts';
import { describeReport, explore } from './explore.ts';
import { invariants, isBreachOf } from './invariants.ts';
import { longScenarios, scenarios } from './scenarios.ts';
import type { Scenario } from './world.ts';

/** The smallest bounds that still meet each rule; `npm run explore` goes through all of `scenarios`. */
const quick: readonly Scenario[] = [
  { name: 'A, crash', script: ['A'], crash: 1 },
  { name: 'A, crash, three attempts', script: ['A'], crash: 1, double: 1, maxAttempts: 3 },
  { name: 'A, bak', script: ['A'], archive: 'bak' },
  { name: 'A delete', script: ['A', 'delete'] },
  { name: 'lanes: A, crash', lanes: true, script: ['A'], tick: 2, late: 1, crash: 1, sweep: 0 },
  { name: 'lanes: A B, 2 hops', lanes: true, script: ['A', 'B'], tick: 1, late: 2, sweep: 0 },
  { name: 'lanes: A, 2 sweeps', lanes: true, script: ['A'], late: 1, double: 1, sweep: 2 },
];

describe('every interleaving within a small bound', () => {
  it.each(quick)('keeps every promise: $name', async (scenario) => {
    const report = await explore(scenario);
    expect(report.violations.length === 0 ? '' : describeReport(report)).toBe('');
    expect(report.complete).toBe(true);
    // A world in which nobody meets anybody would prove nothing.
    expect(report.states).toBeGreaterThan(200);
  });
});

/** Every rule that is taken away, and the promise that breaks with it. */
const breaks: readonly Break[] = [...breaksOfLedger, ...breaksOfStore, ...breaksOfSweep, ...breaksOfLanes];

describe('a protocol that lacks a rule', () => {
  it.each(breaks)('is caught where it is not so that $rule ($breaks)', async ({ scenario, breaks: invariant, by }) => {
    const report = await explore(scenario, { breaks: by, until: invariant });
    const reports = report.violations.map(({ what }) => what);
    expect(reports.filter((what) => isBreachOf(invariant, what))).toHaveLength(1);
    // The same bound without the break is clean, so it is the break that was found.
    const clean = await explore(scenario);
    expect(clean.violations).toEqual([]);
    expect(clean.complete).toBe(true);
  });

  it('has been seen to break every promise that is watched', () => {
    expect([...new Set(breaks.map((one) => one.breaks))].sort()).toEqual([...invariants].sort());
  });
});

describe('the scenarios', () => {
  it('have names of their own', () => {
    const all = [...scenarios, ...longScenarios];
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  });
});
