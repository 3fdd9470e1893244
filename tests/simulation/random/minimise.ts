import { noFaults, type Faults, type Plan } from './plan.ts';
import { simulate } from './simulate.ts';

type Fails = (plan: Plan) => Promise<boolean>;

const failsIndeed: Fails = async (plan) => (await simulate(plan)).violations.length > 0;

/**
 * The smallest plan found that still fails: first fewer files, by halves, quarters and so on down to one, then without each fault that the
 * failure does not need, until neither helps any more. Each process draws its fate from its own name, so what is taken
 * away leaves most of the others as they were.
 */
export const minimise = async (plan: Plan, fails: Fails = failsIndeed): Promise<Plan> => {
  let smallest = plan;
  for (;;) {
    const smaller = await withFewerFaults(await withFewerFiles(smallest, fails), fails);
    const helped = smaller.arrivals.length < smallest.arrivals.length;
    smallest = smaller;
    if (!helped) return smallest;
  }
};

const withFewerFiles = async (plan: Plan, fails: Fails): Promise<Plan> => {
  let kept = plan;
  for (let size = Math.ceil(plan.arrivals.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let first = 0; first < kept.arrivals.length;) {
      const arrivals = [...kept.arrivals.slice(0, first), ...kept.arrivals.slice(first + size)];
      const smaller = { ...kept, arrivals };
      if (arrivals.length > 0 && (await fails(smaller))) kept = smaller;
      else first += size;
    }
  }
  return kept;
};

const withFewerFaults = async (plan: Plan, fails: Fails): Promise<Plan> => {
  let kept = plan;
  for (const name of Object.keys(noFaults) as (keyof Faults)[]) {
    if (kept.faults[name] === noFaults[name]) continue;
    const smaller = { ...kept, faults: { ...kept.faults, [name]: noFaults[name] } };
    if (await fails(smaller)) kept = smaller;
  }
  return kept;
};

/** What a person needs to understand a failure: the smallest plan that shows it, and its story. */
export const explain = async (plan: Plan): Promise<string> => {
  const smallest = await minimise(plan);
  const { violations, trace } = await simulate(smallest, { traced: true });
  const faults = Object.entries(smallest.faults).filter(([name, value]) => value !== noFaults[name as keyof Faults]);
  return [
    `seed ${plan.seed}, made smaller: ${String(smallest.arrivals.length)} of ${String(plan.arrivals.length)} arrivals`,
    `faults needed: ${faults.map(([name, value]) => `${name} ${String(value)}`).join(', ') || 'none'}`,
    ...violations,
    ...trace,
  ].join('\n');
};
