import { serviceNames } from '../endpoint/credential-scope.ts';
import type { ServiceName } from '../contracts.ts';
import { checkFields, FaultError, name, oneOf, requireFields, share, wholeFrom } from './check.ts';
import type { Checks } from './check.ts';

/** Which calls a fault meets, and how often. What is left out does not narrow it. */
export type CallRule = Readonly<{
  service?: ServiceName;
  /** The access key id: a function's key, or the name that another client signs with. */
  caller?: string;
  operation?: string;
  /** Only the n-th call of an invocation of a function, counted from 1 with the SDK's own retries. */
  atCall?: number;
  share: number;
  /** Faults made before the rule is spent. */
  times?: number;
  /** ISO 8601: when the rule ends by itself. */
  until?: string;
  /** A cut before the call reaches its service, or once it has taken effect. */
  moment?: 'before' | 'after';
}>;

/** Faults of calls, by what is done to the call. */
export const callFaultNames = ['throttle', 'fail', 'cut', 'loseResponse'] as const;
export type CallFaultName = (typeof callFaultNames)[number];
export type CallRules = Readonly<Record<CallFaultName, readonly CallRule[]>>;

export const noCallRules: CallRules = { throttle: [], fail: [], cut: [], loseResponse: [] };

/** What the reading of rules has to know. */
export type RuleContext = Readonly<{ functions: readonly string[]; now: Date }>;

const services = oneOf([...serviceNames]);
const narrowing: Checks = {
  caller: name,
  operation: name,
  share,
  times: wholeFrom(1, 'a whole number'),
  forMs: wholeFrom(1, 'milliseconds'),
};
const atCall = wholeFrom(1, 'the number of a call');

type Given = Partial<CallRule> & { forMs?: number; function?: string };

const toRule = ({ forMs, function: caller, ...rest }: Given, now: Date): CallRule => ({
  share: 1,
  ...rest,
  ...(caller === undefined ? {} : { caller }),
  ...(forMs === undefined ? {} : { until: new Date(now.getTime() + forMs).toISOString() }),
});

const listOf = (value: unknown): readonly unknown[] =>
  value === null || value === undefined ? [] : Array.isArray(value) ? (value as unknown[]) : [value];

/** `{ "dynamodb": 0.5 }`, or in place of the share an object that narrows it: `{ "share": 1, "caller": "processor" }`. */
const parseByService =
  (fault: 'throttle' | 'fail') =>
  (value: unknown, { now }: RuleContext): CallRule[] => {
    if (value === null) return [];
    if (typeof value !== 'object' || Array.isArray(value)) {
      throw new FaultError(`${fault} is an object: {"<service>": <share, or an object>}.`);
    }
    return Object.entries(value).map(([service, ofService]) => {
      if (!services[0](service)) throw new FaultError(`There is no ${fault}.${service}; it is ${services[1]}.`);
      if (typeof ofService === 'number') checkFields(fault, { [service]: ofService }, { [service]: share });
      const given =
        typeof ofService === 'number'
          ? { share: ofService }
          : checkFields<Given>(`${fault}.${service}`, ofService, narrowing);
      return { service: service as ServiceName, ...toRule(given, now) };
    });
  };

/** One `{ "function": …, "atCall": …, "moment": "before" | "after", "times": 1 }`, or several. */
const parseCut = (value: unknown, { functions, now }: RuleContext): CallRule[] =>
  listOf(value).map((one) => {
    const { forMs, times } = narrowing as Required<typeof narrowing>;
    const checks = { function: oneOf(functions), atCall, moment: oneOf(['before', 'after']), times, forMs } as Checks;
    const given = checkFields<Given>('cut', one, checks);
    requireFields('cut', given, ['function', 'atCall']);
    return toRule({ moment: 'before', times: 1, ...given }, now);
  });

/** One `{ "caller": …, "operation": …, "share": 0.3 }`, or several. */
const parseLoseResponse = (value: unknown, { now }: RuleContext): CallRule[] =>
  listOf(value).map((one) =>
    toRule(checkFields<Given>('loseResponse', one, { service: services, ...narrowing, atCall }), now),
  );

const parsers = {
  throttle: parseByService('throttle'),
  fail: parseByService('fail'),
  cut: parseCut,
  loseResponse: parseLoseResponse,
} as const;

/**
 * Reads the rules of one fault as they are asked for; null or an empty list takes them away.
 *
 * @throws {FaultError} naming the field that is wrong
 */
export const parseCallRules = (fault: CallFaultName, value: unknown, context: RuleContext): readonly CallRule[] =>
  parsers[fault](value, context);
