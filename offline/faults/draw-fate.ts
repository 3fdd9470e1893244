import type { ServiceName } from '../contracts.ts';
import { createRandom } from '../notifications/random.ts';
import { callFaultNames } from './call-rules.ts';
import type { CallFaultName, CallRule, CallRules } from './call-rules.ts';

/** A call as far as it is known before its service has seen it. */
export type Call = Readonly<{
  service: ServiceName;
  operation: string;
  caller: string;
  /** The trace header of the invocation that makes it, when a function does. */
  invocation?: string;
}>;

/** What happens to a call. */
export type Fate = Readonly<{
  fault: CallFaultName;
  rule: CallRule;
  occurrence: number;
  /** The how-manieth call of its invocation it is; 0 where that is not known. */
  callNumber: number;
}>;

/** Draws what happens to each call, always the same for the same seed, rules and calls. */
export type Draw = Readonly<{
  draw(call: Call): Fate | undefined;
  /** How often each rule was carried out. */
  made(rule: CallRule): number;
}>;

/** Invocations whose calls are counted at a time: far more than can run, and no leak. */
const mostInvocations = 10_000;

const raise = (counts: Map<string, number>, name: string): number => {
  const count = (counts.get(name) ?? 0) + 1;
  counts.set(name, count);
  return count;
};

/**
 * Creates the draw for one set of rules, counting from now. A share depends on the seed, the caller, the operation and
 * the how-manieth call of these two it is, and not on the time: a run can be repeated by setting the same rules again.
 */
export const createDraw = (rules: CallRules, seed: number, now: () => Date): Draw => {
  const all = callFaultNames.flatMap((fault) => rules[fault].map((rule) => ({ fault, rule })));
  const occurrences = new Map<string, number>();
  const callNumbers = new Map<string, number>();
  const made = new Map<CallRule, number>();

  const numberOf = (invocation: string | undefined): number => {
    if (invocation === undefined) return 0;
    const [oldest] = callNumbers.keys();
    if (callNumbers.size >= mostInvocations && oldest !== undefined) callNumbers.delete(oldest);
    return raise(callNumbers, invocation);
  };

  const stands = (rule: CallRule): boolean =>
    (made.get(rule) ?? 0) < (rule.times ?? Infinity) && (rule.until === undefined || now() < new Date(rule.until));

  const meets = (rule: CallRule, { service, operation, caller }: Call, callNumber: number): boolean =>
    (rule.service ?? service) === service &&
    (rule.caller ?? caller) === caller &&
    (rule.operation ?? operation) === operation &&
    (rule.atCall ?? callNumber) === callNumber;

  return {
    draw: (call) => {
      const who = `${call.caller}\n${call.service}:${call.operation}`;
      const occurrence = raise(occurrences, who);
      const callNumber = numberOf(call.invocation);
      const found = all.find(
        ({ fault, rule }, index) =>
          stands(rule) &&
          meets(rule, call, callNumber) &&
          createRandom(`${seed}\n${fault}\n${index}\n${who}\n${occurrence}`)() < rule.share,
      );
      if (!found) return undefined;
      made.set(found.rule, (made.get(found.rule) ?? 0) + 1);
      return { ...found, occurrence, callNumber };
    },
    made: (rule) => made.get(rule) ?? 0,
  };
};
