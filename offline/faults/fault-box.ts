import type { Runner } from '../contracts.ts';
import { createEventDraw } from '../notifications/delivery-plan.ts';
import type { DrawEvent } from '../notifications/delivery-plan.ts';
import { callFaultNames } from './call-rules.ts';
import { createDraw } from './draw-fate.ts';
import type { Draw } from './draw-fate.ts';
import { createFaultLog } from './fault-log.ts';
import type { FaultLog, FaultMade } from './fault-log.ts';
import { changeFaults, eventFaultNames, noFaults } from './faults.ts';
import { createFaultyCalls } from './faulty-calls.ts';
import type { InterceptCall } from './faulty-calls.ts';

/** What stands and what was made of it, as `GET /_everyfile/faults` shows it. */
export type FaultsShown = Readonly<{ faults: unknown; made: readonly FaultMade[] }>;

/** The faults on demand of one local cloud. */
export type FaultBox = Readonly<{
  /** Draws for S3's events by the faults that stand now. */
  drawEvent: DrawEvent;
  interceptCall: InterceptCall;
  log: FaultLog;
  /** @throws {FaultError} naming the field that is wrong; nothing is changed then. */
  change(change: unknown): unknown;
  show(): FaultsShown;
}>;

export type FaultBoxOptions = Readonly<{
  /** What is asked for from the start. */
  faults?: unknown;
  runner: Pick<Runner, 'cut' | 'status'>;
  now: () => Date;
  log: (line: string) => void;
}>;

/**
 * Creates the faults of a cloud. Faults that are set begin their counts anew, be they the ones that stood already: those
 * of events, or those of calls, and both with a seed.
 */
export const createFaultBox = ({ runner, now, ...options }: FaultBoxOptions): FaultBox => {
  const log = createFaultLog({ now, log: options.log });
  let faults = noFaults;
  let draw: Draw | undefined;
  let drawEvent = createEventDraw(faults);

  const shown = (): unknown => {
    const rules = callFaultNames.map((fault) => [
      fault,
      faults[fault].map((rule) => ({ ...rule, made: draw?.made(rule) ?? 0 })),
    ]);
    return { ...faults, ...(Object.fromEntries(rules) as object) };
  };

  const change = (asked: unknown): unknown => {
    const changed = changeFaults(faults, asked, { functions: Object.keys(runner.status()), now: now() });
    const names = (among: readonly string[]): boolean =>
      [...among, 'seed'].some((fault) => Object.hasOwn(asked as object, fault));
    faults = changed;
    if (names(eventFaultNames)) drawEvent = createEventDraw(faults);
    const stands = callFaultNames.some((fault) => faults[fault].length > 0);
    if (names(callFaultNames)) draw = stands ? createDraw(faults, faults.seed, now) : undefined;
    return shown();
  };

  change(options.faults ?? {});
  return {
    drawEvent: (object) => drawEvent(object),
    interceptCall: createFaultyCalls({ draw: () => draw, faultLog: log, cut: (invocation) => runner.cut(invocation) }),
    log,
    change,
    show: () => ({ faults: shown(), made: log.read() }),
  };
};
