import { randomUUID } from 'node:crypto';

import { localAccountId, localArn, localRegion } from '../resources/physical-names.ts';
import type { NextTime } from './cron.ts';

/** A rule of EventBridge with its target. */
export type Schedule = Readonly<{
  /** The key of a function, or the ARN of a state machine. */
  functionKey: string;
  ruleName: string;
  next: NextTime;
  /** What the function gets in place of the scheduled event, as JSON text. */
  input?: string;
}>;

export type SchedulesStatus = Readonly<{ paused: boolean; ticks: Readonly<Record<string, number>> }>;

/** The schedules while they run. */
export type Schedules = Readonly<{
  /** A tick that comes due while they are paused is left out. */
  pause(paused: boolean): SchedulesStatus;
  /** How often each function was called. */
  status(): SchedulesStatus;
  close(): void;
}>;

export type SchedulesOptions = Readonly<{
  schedules: readonly Schedule[];
  /** Calls a function with a payload, asynchronously, or starts an execution with it. */
  invoke: (functionKey: string, payload: string) => void;
  paused: boolean;
  now: () => Date;
  log: (line: string) => void;
}>;

/** `setTimeout` takes 24 days at most and takes longer ones for none; besides, a machine may sleep meanwhile. */
const longestWaitMs = 60_000;

/**
 * Starts the schedules. A tick is fired whether or not the function still runs, as EventBridge does it. What came due
 * while the machine slept is not made up for.
 */
export const startSchedules = ({ schedules, invoke, paused, now, log }: SchedulesOptions): Schedules => {
  const timers = new Map<Schedule, NodeJS.Timeout>();
  const ticks = new Map(schedules.map(({ functionKey }) => [functionKey, 0]));
  const state = { paused };

  const fire = ({ functionKey, ruleName, input }: Schedule): void => {
    try {
      invoke(functionKey, input ?? JSON.stringify(scheduledEvent(ruleName, now())));
      ticks.set(functionKey, (ticks.get(functionKey) ?? 0) + 1);
    } catch (error) {
      log(`The schedule ${ruleName} could not call ${functionKey}: ${String(error)}`);
    }
  };

  const waitFor = (schedule: Schedule, dueAt: number | undefined): void => {
    if (dueAt === undefined) return;
    const waitMs = dueAt - now().getTime();
    if (waitMs > 0) {
      timers.set(
        schedule,
        setTimeout(() => waitFor(schedule, dueAt), Math.min(waitMs, longestWaitMs)),
      );
      return;
    }
    if (!state.paused) fire(schedule);
    const following = schedule.next(dueAt);
    const isMissed = following !== undefined && following < now().getTime();
    waitFor(schedule, isMissed ? schedule.next(now().getTime()) : following);
  };

  const status = (): SchedulesStatus => ({ paused: state.paused, ticks: Object.fromEntries(ticks) });

  for (const schedule of schedules) waitFor(schedule, schedule.next(now().getTime()));
  return {
    pause(isPaused) {
      state.paused = isPaused;
      return status();
    },
    status,
    close() {
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
};

/**
 * What EventBridge sends for a tick.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-scheduled.html
 */
const scheduledEvent = (ruleName: string, at: Date): unknown => ({
  version: '0',
  id: randomUUID(),
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
  account: localAccountId,
  time: at.toISOString().replace(/\.\d+Z$/, 'Z'),
  region: localRegion,
  resources: [localArn('events', `rule/${ruleName}`)],
  detail: {},
});
