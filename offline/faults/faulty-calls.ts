import type { Answered, Exchange, Runner, ServiceName } from '../contracts.ts';
import type { Call, Draw, Fate } from './draw-fate.ts';
import type { FaultLog } from './fault-log.ts';
import { operationOf } from './operation-of.ts';
import { refuse } from './refuse.ts';
import { unheard } from './unheard.ts';

/** Has a call handled by its service, or by `handle` in its place, and writes it into the request log. */
export type Perform = (exchange: Exchange, handle?: (exchange: Exchange) => Promise<Answered>) => Promise<void>;

/** Stands between the endpoint and its services, and makes the faults of calls. */
export type InterceptCall = (service: ServiceName, exchange: Exchange, perform: Perform) => Promise<void>;

export type FaultyCallsOptions = Readonly<{
  /** The draw that stands; undefined while no fault of calls is asked for. */
  draw: () => Draw | undefined;
  faultLog: FaultLog;
  cut: Runner['cut'];
}>;

const describe = ({ caller, service, operation }: Call): string =>
  `${service}:${operation || '(unnamed)'} of ${caller || 'an anonymous caller'}`;

const textOf = (call: Call, { fault, rule, occurrence, callNumber }: Fate): string => {
  const nth = `call ${occurrence} of its kind`;
  if (fault === 'throttle') return `throttled ${describe(call)} (${nth})`;
  if (fault === 'fail') return `failed ${describe(call)} (${nth})`;
  if (fault === 'loseResponse') return `lost the response to ${describe(call)} (${nth})`;
  const moment = rule.moment === 'after' ? 'after' : 'before';
  return `cut ${call.caller} ${moment} its call ${callNumber}, ${call.service}:${call.operation}`;
};

/** The trace header that the runner gave to the invocation: the SDK sends it with every call of a function. */
const invocationOf = ({ request }: Exchange): string | undefined => {
  const header = request.headers['x-amzn-trace-id'];
  return Array.isArray(header) ? header[0] : header;
};

/** Creates the interception. A call that no fault meets goes to its service untouched. */
export const createFaultyCalls =
  ({ draw, faultLog, cut }: FaultyCallsOptions): InterceptCall =>
  async (service, exchange, perform) => {
    if (!draw()) return perform(exchange);
    const operation = await operationOf(service, exchange);
    const invocation = invocationOf(exchange);
    const call = {
      service,
      operation,
      caller: exchange.accessKeyId,
      ...(invocation === undefined ? {} : { invocation }),
    };
    const fate = draw()?.draw(call);
    if (!fate) return perform(exchange);
    const { fault, rule, occurrence } = fate;
    const { caller } = call;
    faultLog.add({ fault, text: textOf(call, fate), caller, service, operation, occurrence });
    if (fault === 'throttle' || fault === 'fail')
      return perform(exchange, (met) => refuse(fault, service, operation, met));
    if (rule.moment !== 'before') await perform(unheard(exchange));
    // The crash comes first: a function that saw its connection end could still act on it.
    if (fault === 'cut') await cut(invocation ?? '');
    exchange.response.destroy();
  };
