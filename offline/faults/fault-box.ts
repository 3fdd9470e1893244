import type { Faults, Runner } from '../contracts.ts';
import { callFaultNames } from './call-rules.ts';
import { createDraw } from './draw-fate.ts';
import type { Draw } from './draw-fate.ts';
import { createFaultLog } from './fault-log.ts';
import type { FaultLog, FaultMade } from './fault-log.ts';
import { changeFaults, noFaults } from './faults.ts';
import { createFaultyCalls } from './faulty-calls.ts';
import type { InterceptCall } from './faulty-calls.ts';

/** What stands and what was made of it, as `GET /_everyfile/faults` shows it. */
export type FaultsShown = Readonly<{ faults: unknown; made: readonly FaultMade[] }>;

/** The faults on demand of one local cloud. */
export type FaultBox = Readonly<{
  /** The faults of S3's events that stand now. */
  ofEvents(): Faults;
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

/** Creates the faults of a cloud. Each change of what concerns calls begins their counts anew. */
export const createFaultBox = ({ runner, now, ...options }: FaultBoxOptions): FaultBox => {
  const log = createFaultLog({ now, log: options.log });
  let faults = noFaults;
  let draw: Draw | undefined;

  const shown = (): unknown => {
    const rules = callFaultNames.map((fault) => [
      fault,
      faults[fault].map((rule) => ({ ...rule, made: draw?.made(rule) ?? 0 })),
    ]);
    return { ...faults, ...(Object.fromEntries(rules) as object) };
  };

  const change = (asked: unknown): unknown => {
    const changed = changeFaults(faults, asked, { functions: Object.keys(runner.status()), now: now() });
    const concernsCalls = [...callFaultNames, 'seed' as const].some((fault) => changed[fault] !== faults[fault]);
    faults = changed;
    const stands = callFaultNames.some((fault) => faults[fault].length > 0);
    if (concernsCalls) draw = stands ? createDraw(faults, faults.seed, now) : undefined;
    return shown();
  };

  change(options.faults ?? {});
  return {
    ofEvents: () => faults,
    interceptCall: createFaultyCalls({ draw: () => draw, faultLog: log, cut: (invocation) => runner.cut(invocation) }),
    log,
    change,
    show: () => ({ faults: shown(), made: log.read() }),
  };
};
