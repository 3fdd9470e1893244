import type { Faults } from '../contracts.ts';
import { callFaultNames, noCallRules, parseCallRules } from './call-rules.ts';
import type { CallRules, RuleContext } from './call-rules.ts';
import { checkFields, flag, share, wholeFrom } from './check.ts';
import type { Check } from './check.ts';

/** Every fault on demand: those of S3's events, and those of calls. */
export type AllFaults = Faults & CallRules;

/** Faults of S3's events, but for the seed, which is of all faults. */
export const eventFaultNames = ['lose', 'double', 'delayMs', 'reorder'] as const satisfies readonly (keyof Faults)[];

/** AWS as it is on a good day. */
export const noFaults: AllFaults = { lose: 0, double: 0, delayMs: 0, reorder: false, seed: 1, ...noCallRules };

/** Checked apart: these are read, and not only looked at. */
const later: Check = [() => true, ''];

const checks: Readonly<Record<keyof AllFaults, Check>> = {
  lose: share,
  double: share,
  delayMs: wholeFrom(0, 'milliseconds'),
  reorder: flag,
  seed: wholeFrom(0, 'a whole number'),
  throttle: later,
  fail: later,
  cut: later,
  loseResponse: later,
};

/**
 * Checks a change of faults that came from outside and applies it; a fault that it does not name stays.
 *
 * @throws {FaultError} naming the field that is wrong
 */
export const changeFaults = (faults: AllFaults, change: unknown, context: RuleContext): AllFaults => {
  const checked = checkFields<Record<keyof AllFaults, unknown>>('', change, checks);
  const named = callFaultNames.filter((fault) => Object.hasOwn(checked, fault));
  const rules = named.map((fault) => [fault, parseCallRules(fault, checked[fault], context)]);
  return { ...faults, ...(checked as Partial<Faults>), ...(Object.fromEntries(rules) as Partial<CallRules>) };
};
