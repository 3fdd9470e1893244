import type { Clock } from '../../lib/ports/clock.ts';
import { refuseLongTimer } from './timer-limits.ts';

/** A clock that stands still until it is told to move; its timers run in order of their time. */
export type VirtualClock = Clock & {
  /** Moves time on, timer by timer, and lets what each timer started settle before the next one runs. */
  advance(milliseconds: number): Promise<void>;
};

/** Lets promises that need no time settle: a macrotask runs after every microtask that is ready. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export const createVirtualClock = (startsAt = Date.UTC(2026, 0, 1)): VirtualClock => {
  let time = startsAt;
  const timers = new Set<{ at: number; callback: () => void }>();
  return {
    now: () => time,
    startTimer(delayMs, callback) {
      refuseLongTimer(delayMs);
      const timer = { at: time + delayMs, callback };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    async advance(milliseconds) {
      const until = time + milliseconds;
      await settle();
      for (;;) {
        const due = [...timers].filter(({ at }) => at <= until).sort((one, other) => one.at - other.at)[0];
        if (due === undefined) break;
        timers.delete(due);
        time = Math.max(time, due.at);
        due.callback();
        await settle();
      }
      time = until;
      await settle();
    },
  };
};
