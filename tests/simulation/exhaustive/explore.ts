import { troublesLeft } from './call.ts';
import { isBreachOf, type Invariant } from './invariants.ts';
import { movesFrom } from './moves.ts';
import { quietViolations } from './quiet.ts';
import { createUniverse, keyOf, type Breaks, type Scenario, type State, type Universe } from './world.ts';

/** A broken promise, and the shortest way there. */
export type Violation = Readonly<{ what: string; trace: readonly string[] }>;

/** What an exploration came to. `complete`: every state within the bound was visited. */
export type Report = Readonly<{
  name: string;
  states: number;
  transitions: number;
  depth: number;
  /** How often the real code was run against a list of answers. */
  runs: number;
  complete: boolean;
  violations: readonly Violation[];
}>;

export type Options = Readonly<{
  breaks?: Breaks;
  /** The most states to visit. */
  maxStates?: number;
  /** Stops at the first breach of this promise, whose trace is a shortest one. */
  until?: Invariant;
  progress?(states: number, depth: number): void;
}>;

/**
 * Visits every state that the real use cases can reach within the scenario's budgets, breadth first, so that the trace
 * of a violation is a shortest one.
 */
export const explore = async (scenario: Scenario, options: Options = {}): Promise<Report> => {
  const { breaks = {}, maxStates = 10_000_000, until, progress } = options;
  const universe = createUniverse(scenario, breaks);
  const seen = new Map<string, number>();
  const parents: number[] = [];
  const labels: string[] = [];
  const found = new Map<string, Violation>();
  const quiet = new Map<string, readonly string[]>();
  let [transitions, depth] = [0, 0];

  const visit = (state: State, parent: number, label: string): number | undefined => {
    const key = keyOf(state);
    if (seen.has(key)) return undefined;
    const index = parents.push(parent) - 1;
    labels.push(label);
    seen.set(key, index);
    return index;
  };
  const traceTo = (index: number, last: string): string[] => {
    const trace = [last];
    for (let at = index; at > 0; at = parents[at]!) trace.unshift(labels[at]!);
    return trace;
  };
  const blame = (violations: readonly string[], index: number, label: string): void => {
    for (const what of violations) {
      const kind = what.replace(/\b[AB]\b/g, 'x').replace(/ \(.*$/, '');
      if (!found.has(kind)) found.set(kind, { what, trace: traceTo(index, label) });
    }
  };

  visit(universe.initial, -1, '');
  let frontier: { state: State; index: number }[] = [{ state: universe.initial, index: 0 }];
  const isFound = (): boolean => until !== undefined && [...found.values()].some(({ what }) => isBreachOf(until, what));
  const done = (): boolean => isFound() || seen.size > maxStates;
  while (frontier.length > 0 && !done()) {
    const next: typeof frontier = [];
    for (const { state, index } of frontier) {
      if (done()) break;
      if (isIdle(universe, state)) {
        const key = quietKey(state);
        const violations = quiet.get(key) ?? (await quietViolations(universe, state));
        quiet.set(key, violations);
        blame(violations, index, '… all grows quiet: leases end, sweep and relay run on');
      }
      for (const move of await movesFrom(universe, state)) {
        transitions += 1;
        blame(move.violations, index, move.label);
        const visited = visit(move.state, index, move.label);
        if (visited !== undefined) next.push({ state: move.state, index: visited });
      }
    }
    frontier = next;
    depth += 1;
    progress?.(seen.size, depth);
  }
  return {
    name: scenario.name,
    states: seen.size,
    transitions,
    depth,
    runs: universe.actors.runs(),
    complete: frontier.length === 0 && !done(),
    violations: [...found.values()],
  };
};

const isIdle = (universe: Universe, { sender, processors, sweeper, operator }: State): boolean =>
  sender >= universe.script.length && [...processors, sweeper, operator].every((actor) => actor === undefined);

/** What the quiet end depends on. */
const quietKey = (state: State): string => {
  const { ledger, store, lanes, messages, commits, told, decided, waits, uploads, upload, committed } = state;
  const { unheard, work, notices } = state;
  const sent = [...messages, ...commits, ...told, ...decided, ...waits, ...work, ...notices];
  return [ledger, store, lanes, ...sent, uploads, upload, unheard, troublesLeft(state), ...committed].join();
};

/** One line of figures, and each violation with its trace. */
export const describeReport = ({ name, states, transitions, depth, runs, complete, violations }: Report): string =>
  [
    `${name.padEnd(38)} ${String(states).padStart(8)} states ${String(transitions).padStart(9)} transitions, depth ${String(depth)}, ` +
      `${String(runs)} runs of the code${complete ? '' : ', INCOMPLETE'}: ${violations.length === 0 ? 'no violation' : `${String(violations.length)} VIOLATIONS`}`,
    ...violations.map(({ what, trace }) => `  ${what}\n${trace.map((line) => `      ${line}`).join('\n')}`),
  ].join('\n');
